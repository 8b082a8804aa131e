import * as v from 'valibot'

const millisecondsUpTo = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most))
const refusal = v.strictObject({
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  code: v.pipe(v.string(), v.regex(/^[A-Za-z]+(\.[A-Za-z]+)*$/)),
})
/** Longer than any delay ever seen, and short enough to measure. */
const LONGEST_LAG_MS = 600_000

/**
 * What Alibaba Cloud's documents leave open, or answer in two ways. Each has a default and can be switched: code that is
 * right either way needs no luck. This folder's README says where each comes from.
 *
 * The names are what `doctor --try` writes and `emulator --assumptions FILE` reads.
 */
export const assumptionsSchema = v.strictObject({
  /** A refused call counts toward the rate window too. */
  refusedCallsCount: v.optional(v.boolean(), false),
  accessKeyNotFoundStatus: v.optional(v.picklist([400, 404]), 404),
  /** How KMS refuses a request whose time is more than 15 minutes off. */
  kmsExpiredTimestampCode: v.optional(
    v.picklist(['InvalidTimeStamp.Expired', 'IllegalTimestamp']),
    'InvalidTimeStamp.Expired',
  ),
  /** QuerySnapshotCallbackAuth of a domain that never had one. */
  unconfiguredQuery: v.optional(v.picklist(['blank', 'error']), 'blank'),
  /** DescribeLiveSnapshotNotifyConfig of a domain that has none. */
  unconfiguredNotifyConfig: v.optional(v.picklist(['blank', 'error']), 'blank'),
  /** How Live refuses an operation on a missing configuration. */
  configNotFound: v.optional(refusal, { status: 404, code: 'ConfigNotFound' }),
  /** SetSnapshotCallbackAuth on a domain without a callback URL. */
  setWithoutCallbackUrl: v.optional(v.picklist(['refuse', 'accept']), 'refuse'),
  /** Milliseconds until Query and Describe show what was set. Streams take a new key at once. */
  queryLagMs: v.optional(millisecondsUpTo(LONGEST_LAG_MS), 0),
  /** CreateSecret without a KMS instance and a key is refused. */
  createNeedsInstance: v.optional(v.boolean(), false),
  /** How KMS refuses a VersionId that exists with another value. */
  versionConflict: v.optional(refusal, { status: 409, code: 'Rejected.ResourceExist' }),
  /** Milliseconds until ListSecretVersionIds shows a version that was saved. GetSecretValue finds it at once. */
  versionListLagMs: v.optional(millisecondsUpTo(LONGEST_LAG_MS), 0),
  /** UpdateSecretVersionStage of ACSCurrent makes the version that had it ACSPrevious. */
  movingCurrentMovesPrevious: v.optional(v.boolean(), false),
  /** Which version is dropped when there are more than ten. */
  evicts: v.optional(v.picklist(['earliestWithoutStage', 'oldest']), 'earliestWithoutStage'),
  /** ListSecretVersionIds without a PageSize. */
  listPageSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 10),
  /** Whether callers with temporary credentials also need `kms:Decrypt` on a secret's own key. */
  stsNeedsDecrypt: v.optional(v.boolean(), true),
  /** Whether callbacks answered with a status other than 200 are sent again, like those that time out. */
  retriesRefusedCallbacks: v.optional(v.boolean(), false),
  /** Whether a repeated callback carries the time of its first or of its current sending. */
  retryTimestamp: v.optional(v.picklist(['fresh', 'original']), 'fresh'),
  /** A callback URL's port is part of the signed host. */
  signsPort: v.optional(v.boolean(), false),
  signatureCase: v.optional(v.picklist(['lower', 'upper']), 'lower'),
})

export type Assumptions = Readonly<v.InferOutput<typeof assumptionsSchema>>

export const DEFAULT_ASSUMPTIONS: Assumptions = v.parse(assumptionsSchema, {})

/**
 * Checks the given assumptions and fills in the defaults.
 *
 * @throws TypeError that names an assumption that is unknown or has an impossible value.
 *
 * @example
 * ```ts
 * assumptionsOf({ queryLagMs: 2_000 }).unconfiguredQuery // 'blank'
 * ```
 */
export function assumptionsOf(given: unknown): Assumptions {
  // valibot accepts an array as an object.
  const result = v.safeParse(assumptionsSchema, Array.isArray(given) ? null : given)
  if (result.success) return result.output
  const [{ path, expected, received }] = result.issues
  const name = path?.map(({ key }) => String(key)).join('.') ?? ''
  if (name === '') throw new TypeError('assumptions must be an object')
  throw new TypeError(
    expected === 'never'
      ? `"${name}" is not an assumption; the assumptions are ${Object.keys(assumptionsSchema.entries).join(', ')}`
      : `assumption "${name}" must be ${expected ?? 'something else'}, not ${received}`,
  )
}
