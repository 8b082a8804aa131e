import type { ErrorCode } from '../../core/errors.ts'

/** What an answer's code means for us, and whether the same call may succeed a moment later. */
export interface Meaning {
  readonly code: ErrorCode
  readonly retryable: boolean
}

/**
 * The servers' codes, in the order in which they are tried. Never the prefix `Forbidden` or the status alone: KMS
 * answers 404 `Forbidden.ResourceNotFound` for an absent secret, the gateway 400 `Throttling.User`. Sources: the lists
 * of error codes of Live, KMS, the OpenAPI gateway, STS, Function Compute and OSS. Alibaba Cloud's own Terraform
 * provider retries Live's `LockFail`; `SystemUpgrading` is its sibling.
 */
const BY_CODE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/Throttling|FlowControl|TooManyRequests|^SlowDown/i, 'throttled'],
  [/ResourceExhausted|ResourceThrottled|Concurren/, 'throttled'],
  [/^Rejected\.ResourceInDeleteWindow/, 'deletionWindow'],
  [/^(Rejected\.ResourceExist|ConfigAlreadyExists)|AlreadyExists?(\.|$)/, 'alreadyExists'],
  [/^(InvalidAccessKeyI[dD]|InvalidSecurityToken|InvalidCredentials|MissingSecurityToken)/, 'badCredentials'],
  [/^(SignatureDoesNotMatch|SignatureNotMatch|IncompleteSignature|SecurityTokenExpired)/, 'badCredentials'],
  [/^(InvalidTimeStamp|IllegalTimestamp|RequestTimeTooSkewed)/, 'badCredentials'],
  // The server knows our nonce, so an earlier attempt arrived. The next attempt has a new nonce.
  [/^SignatureNonceUsed/, 'unavailable'],
  [/^(Invalid(Api|Product|Action|Protocol|Version)|MissingAction|UnsupportedHTTPMethod)/, 'invalidRequest'],
  [/NotFound|NotExist|NoSuch/, 'notFound'],
  [/^(Forbidden|NoPermission|AccessDenied|ActionUnauthorized|Unauthorized)|NoPermission/, 'denied'],
  [/^(IllegalOperation|InvalidIdentity\.ServiceDisabled|DomainInProtectedMode)/, 'denied'],
  [/Conflict/, 'conflict'],
  [/^(InternalError|InternalFailure|InternalServerError)/, 'unavailable'],
  [/^(Ser(vi|iv)ceUnavailable|ServiceBusy|SystemBusy|SystemUpgrading|LockFail)/, 'unavailable'],
  [/^RequestTimeout/, 'timeout'],
]

const RETRYABLE: readonly ErrorCode[] = ['throttled', 'unavailable', 'timeout']

/** What an answer means; null without one. */
export function meaningOf(code: string | undefined, status: number | undefined): Meaning | null {
  const known = code === undefined ? undefined : BY_CODE.find(([form]) => form.test(code))?.[1]
  if (known !== undefined) return { code: known, retryable: RETRYABLE.includes(known) }
  if (status === 429) return { code: 'throttled', retryable: true }
  if (status !== undefined && status >= 500) return { code: 'unavailable', retryable: true }
  if (code !== undefined || status !== undefined) return { code: 'invalidRequest', retryable: false }
  return null
}
