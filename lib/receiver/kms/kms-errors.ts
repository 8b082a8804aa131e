import { RotatorError, unavailable, type ErrorCode } from '../../core/errors.ts'
import type { KmsCredentials } from '../credentials/types.ts'
import { networkFailure, vendorCodeIn } from '../http/failure.ts'
import type { Reply } from '../http/message.ts'

/** Maps codes of KMS, or of the gateway in front of it, to ours. */
const CODES: readonly (readonly [RegExp, ErrorCode, advice: string])[] = [
  [/Throttling/, 'throttled', 'KMS throttled the read'],
  [/ResourceNotFound/, 'notFound', 'there is no such secret; check its name and region'],
  [/InDeleteWindow|PendingDeletion/i, 'deletionWindow', 'it is scheduled for deletion; restore it'],
  [/TimeStamp|IllegalTimestamp/i, 'unavailable', "this machine's clock is off; set it"],
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurityToken|IncompleteSignature)/,
    'badCredentials',
    'KMS refused these credentials',
  ],
  [
    /^Forbidden|NoPermission|AccessDenied|Unauthorized/,
    'denied',
    'these credentials may not read it: allow kms:GetSecretValue on it, and kms:Decrypt on its key',
  ],
  [
    /^(Invalid|Missing)Parameter|^Invalid\w+\.Format$/,
    'invalidRequest',
    'KMS does not accept the name of the secret',
  ],
]

/**
 * The error for an unsuccessful answer from KMS. Contains only a code in the vendor's form, and none that appears in what
 * was sent: a server may echo whatever it got.
 */
export function kmsError({ status, text }: Reply, what: string, sent: KmsCredentials): RotatorError {
  const vendorCode = vendorCodeIn(text)
  if (vendorCode === undefined || isPartOf(vendorCode, sent)) return unavailable(`${what}: status ${status}`)
  const known = CODES.find(([pattern]) => pattern.test(vendorCode))
  const [, code, advice] = known ?? [null, 'unavailable' as const]
  const retryable = code === 'throttled' || code === 'unavailable'
  const why = advice === undefined ? vendorCode : `${advice} (${vendorCode})`
  return new RotatorError(code, `${what}: ${why}`, { retryable, vendorCode })
}

function isPartOf(code: string, { accessKeySecret, securityToken }: KmsCredentials): boolean {
  return [accessKeySecret, securityToken].some(
    (secret) => secret && (secret.includes(code) || code.includes(secret)),
  )
}

/** The error if there is no answer at all; an error that already says why is unchanged. */
export function noAnswer(error: unknown, what: string, host: string): RotatorError {
  if (error instanceof RotatorError) return error
  const failure = networkFailure(error)
  const advice = /^E(NOTFOUND|AI_AGAIN)$/.test(failure) ? "; check the region, and this machine's DNS" : ''
  return unavailable(`${what}: no answer from ${host} (${failure})${advice}`, error)
}
