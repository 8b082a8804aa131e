import { RotatorError, unavailable, type ErrorCode } from '../../core/errors.ts'
import type { KmsCredentials } from '../credentials/types.ts'
import { networkFailure, vendorCodeIn } from '../http/failure.ts'
import type { Reply } from '../http/message.ts'

/** Which of our codes a code of KMS, or of the gateway before it, belongs to. */
const CODES: readonly (readonly [RegExp, ErrorCode, advice: string])[] = [
  [/Throttling/, 'throttled', 'KMS refused the read for its rate'],
  [/ResourceNotFound/, 'notFound', 'there is no such secret; check its name and region'],
  [/InDeleteWindow|PendingDeletion/i, 'deletionWindow', 'it is scheduled for deletion; restore it'],
  [/TimeStamp|IllegalTimestamp/i, 'unavailable', "this machine's clock is off; set it"],
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurityToken|IncompleteSignature)/,
    'badCredentials',
    'KMS does not take these credentials',
  ],
  [
    /^Forbidden|NoPermission|AccessDenied|Unauthorized/,
    'denied',
    'these credentials may not read it: allow kms:GetSecretValue on it, and kms:Decrypt on its key',
  ],
  [
    /^(Invalid|Missing)Parameter|^Invalid\w+\.Format$/,
    'invalidRequest',
    'KMS does not take the name of the secret',
  ],
]

/**
 * What an answer of KMS's that is no success comes to. Only a code of the vendor's form goes further, and none that was
 * sent to it or is a part of that: a server may send back whatever it was sent.
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

/** What comes to no answer at all; an error that already says why is left as it is. */
export function noAnswer(error: unknown, what: string, host: string): RotatorError {
  if (error instanceof RotatorError) return error
  const failure = networkFailure(error)
  const advice = /^E(NOTFOUND|AI_AGAIN)$/.test(failure) ? "; check the region, and this machine's DNS" : ''
  return unavailable(`${what}: no answer from ${host} (${failure})${advice}`, error)
}
