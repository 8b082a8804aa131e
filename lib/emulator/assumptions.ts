/**
 * What Alibaba's documents leave open, or answer in two ways. Each has a default, and a test can turn it the other way:
 * code that is right under both needs no luck. The README of this folder says where each comes from.
 */
export interface Assumptions {
  /** A refused call counts toward the rate window too. */
  readonly refusedCallsCount: boolean
  readonly accessKeyNotFoundStatus: 400 | 404
  /** What KMS says to a request that is more than 15 minutes off. */
  readonly kmsExpiredTimestampCode: 'InvalidTimeStamp.Expired' | 'IllegalTimestamp'
  /** QuerySnapshotCallbackAuth of a domain that never had one. */
  readonly unconfiguredQuery: 'blank' | 'error'
  /** DescribeLiveSnapshotNotifyConfig of a domain that has none. */
  readonly unconfiguredNotifyConfig: 'blank' | 'error'
  /** SetSnapshotCallbackAuth on a domain without a callback URL. */
  readonly setWithoutCallbackUrl: 'refuse' | 'accept'
  /** Milliseconds until Query and Describe show what was set. Streams take a new key at once. */
  readonly queryLagMs: number
  /** How KMS refuses a VersionId that exists with another value. */
  readonly versionConflict: { readonly status: number; readonly code: string }
  /** UpdateSecretVersionStage of ACSCurrent makes the version that had it ACSPrevious. */
  readonly movingCurrentMovesPrevious: boolean
  /** Which version goes when there are more than ten. */
  readonly evicts: 'earliestWithoutStage' | 'oldest'
  /** ListSecretVersionIds without a PageSize. */
  readonly listPageSize: number
  /** Callbacks answered with another status than 200 are sent again, like those that time out. */
  readonly retriesRefusedCallbacks: boolean
  /** A callback that is sent again carries the time of its first or of its present sending. */
  readonly retryTimestamp: 'fresh' | 'original'
  /** A callback URL's port is part of the signed host. */
  readonly signsPort: boolean
  readonly signatureCase: 'lower' | 'upper'
}

export const DEFAULT_ASSUMPTIONS: Assumptions = {
  refusedCallsCount: false,
  accessKeyNotFoundStatus: 404,
  kmsExpiredTimestampCode: 'InvalidTimeStamp.Expired',
  unconfiguredQuery: 'blank',
  unconfiguredNotifyConfig: 'blank',
  setWithoutCallbackUrl: 'refuse',
  queryLagMs: 0,
  versionConflict: { status: 409, code: 'Rejected.ResourceExist' },
  movingCurrentMovesPrevious: false,
  evicts: 'earliestWithoutStage',
  listPageSize: 10,
  retriesRefusedCallbacks: false,
  retryTimestamp: 'fresh',
  signsPort: false,
  signatureCase: 'lower',
}
