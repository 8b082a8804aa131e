import { RotatorError, type ErrorCode } from '../../core/errors.ts'
import { jsonFields, type Reply } from '../http/message.ts'

/**
 * The form of the vendor's codes, e.g. `Forbidden.ResourceNotFound`: what else stands there may be anything. No word of
 * theirs is as long as a key.
 */
export const CODE_FORM = /^[A-Z][A-Za-z]{0,29}([._-][A-Za-z]{1,30}){0,5}$/

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
export function kmsError({ status, text }: Reply, what: string, hidden: readonly string[]): RotatorError {
  const vendorCode = vendorCodeOf(text, hidden)
  const known = CODES.find(([pattern]) => vendorCode !== undefined && pattern.test(vendorCode))
  const shown = vendorCode === undefined ? {} : { vendorCode }
  if (known === undefined) {
    const detail = vendorCode ?? `status ${status}`
    return new RotatorError('unavailable', `${what}: ${detail}`, { retryable: true, ...shown })
  }
  const [, code, advice] = known
  const retryable = code === 'throttled' || code === 'unavailable'
  return new RotatorError(code, `${what}: ${advice} (${vendorCode})`, { retryable, ...shown })
}

function vendorCodeOf(text: string, hidden: readonly string[]): string | undefined {
  const code = jsonFields(text)['Code']
  if (typeof code !== 'string' || !CODE_FORM.test(code)) return undefined
  return hidden.some((secret) => secret.includes(code) || code.includes(secret)) ? undefined : code
}
