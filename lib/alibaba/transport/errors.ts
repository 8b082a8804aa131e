import { hasCode, RotatorError, type ErrorCode } from '../../core/errors.ts'
import { NODE_CODE, readVendorError, type VendorError } from './vendor-error.ts'

/** One call, as far as it may be named in an error. */
export interface CallName {
  /** E.g. `SetSnapshotCallbackAuth`. */
  readonly api: string
  /** RAM's name of the product: `live`, `kms`, `sts`. */
  readonly product: string
  /** What the call is about: `domain live1.example.com`, `secret live/keyset`. */
  readonly subject: string
  /** Which server was asked, by name and port, where it is known: told when there was no way to it. */
  readonly server?: string
}

interface Class {
  readonly code: ErrorCode
  readonly retryable: boolean
}

/**
 * The server's codes, in the order in which they are tried. By code and never by the prefix `Forbidden` or the status
 * alone: KMS says 404 `Forbidden.ResourceNotFound` for a secret that is absent, the gateway 400 `Throttling.User`.
 * Sources: the error lists of Live, of KMS (sample responses), of the OpenAPI gateway and of STS.
 */
const BY_CODE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/Throttling|FlowControl|TooManyRequests/i, 'throttled'],
  [/^Rejected\.ResourceInDeleteWindow/, 'deletionWindow'],
  [/^(Rejected\.ResourceExist|ConfigAlreadyExists)|AlreadyExists?(\.|$)/, 'alreadyExists'],
  [/^(InvalidAccessKeyId|InvalidSecurityToken|InvalidCredentials|MissingSecurityToken)/, 'badCredentials'],
  [/^(SignatureDoesNotMatch|IncompleteSignature|InvalidTimeStamp|IllegalTimestamp)/, 'badCredentials'],
  // A nonce of ours that is known already: our own earlier attempt arrived. The next one has a nonce of its own.
  [/^SignatureNonceUsed/, 'unavailable'],
  [/^(Invalid(Api|Product|Action|Protocol|Version)|MissingAction|UnsupportedHTTPMethod)/, 'invalidRequest'],
  [/NotFound|NotExist|NoSuch/, 'notFound'],
  [/^(Forbidden|NoPermission|AccessDenied|ActionUnauthorized|Unauthorized)|NoPermission/, 'denied'],
  [/^(IllegalOperation|InvalidIdentity\.ServiceDisabled)/, 'denied'],
  [/Conflict/, 'conflict'],
  [/^(InternalError|InternalFailure|Ser(vi|iv)ceUnavailable|ServiceBusy|SystemBusy)/, 'unavailable'],
  [/^RequestTimeout/, 'timeout'],
]

const RETRYABLE: readonly ErrorCode[] = ['throttled', 'unavailable', 'timeout']

const MAYBE_DONE = 'whether it took effect is not known; the same call may be made again'

/** What to do next, where it can be said. */
const ADVICE: Partial<Record<ErrorCode, (call: CallName, error: VendorError) => string>> = {
  throttled: () => 'others use up the rate of this account: lower `throttle` in rotation.yaml',
  unavailable: () => 'try again later; if it lasts, check the endpoint and the way to it',
  invalidAnswer: () => 'something between here and the server may have answered in its place',
  timeout: () => MAYBE_DONE,
  denied: ({ product, api }, { code, missingAction }) =>
    code === 'IllegalOperation'
      ? 'check that the domain belongs to this account and has a snapshot callback URL'
      : code === 'InvalidIdentity.ServiceDisabled'
        ? 'ApsaraVideo Live is switched off for this account: see to the account in the console'
        : `allow the RAM action ${missingAction ?? `${product}:${api}`} to the caller`,
  badCredentials: (_, { code }) =>
    /time/i.test(code ?? '')
      ? 'the clock of this machine is wrong: set it'
      : 'check the credentials: the AccessKey pair, or the role and its token',
  deletionWindow: () => 'restore the secret with RestoreSecret, or configure another name',
}

/**
 * Turns whatever a call threw into our own error. The SDK's error ends here: it carries the request, and so the key.
 *
 * @param hidden - Values that the call carried and nobody may see.
 *
 * @example
 * ```ts
 * try {
 *   await client.callApi(params, request, runtime)
 * } catch (error) {
 *   throw translateError(error, { api: 'SetSnapshotCallbackAuth', product: 'live', subject: `domain ${domain}` }, [key])
 * }
 * ```
 */
export function translateError(error: unknown, call: CallName, hidden: readonly string[] = []): RotatorError {
  if (error instanceof RotatorError) return error
  const vendor = readVendorError(error, hidden)
  const { code, retryable } = classify(vendor)
  const advice = ADVICE[code]?.(call, vendor)
  const message = `${call.api} for ${call.subject} ${whatHappened(vendor, call.server)}${advice === undefined ? '' : `; ${advice}`}`
  return new RotatorError(code, message, {
    retryable,
    ...(vendor.code !== undefined && { vendorCode: vendor.code }),
    ...(vendor.retryAfterMs !== undefined && { retryAfterMs: vendor.retryAfterMs }),
  })
}

/** A call that took longer than it may. */
export function timedOut(call: CallName, timeoutMs: number): RotatorError {
  const message = `${call.api} for ${call.subject} had no answer within ${timeoutMs / 1000} s; ${MAYBE_DONE}`
  return new RotatorError('timeout', message, { retryable: true })
}

/**
 * Whether a call that failed so may take effect yet: no server of the API has said what became of it, or one that it was
 * sent twice.
 */
export function mayStillLand(error: unknown): boolean {
  if (hasCode(error, 'timeout')) return true
  if (!hasCode(error, 'unavailable', 'invalidAnswer')) return false
  return error.vendorCode === undefined || error.vendorCode.startsWith('SignatureNonceUsed')
}

function classify({ code, status, failure }: VendorError): Class {
  if (code !== undefined) {
    const known = BY_CODE.find(([form]) => form.test(code))?.[1]
    if (known !== undefined) return { code: known, retryable: RETRYABLE.includes(known) }
  }
  if (status === 429) return { code: 'throttled', retryable: true }
  if (status !== undefined && status >= 500) return { code: 'unavailable', retryable: true }
  if (code !== undefined || status !== undefined) return { code: 'invalidRequest', retryable: false }
  return classifyFailure(failure)
}

/** Errors without an answer behind them. */
function classifyFailure(failure: string): Class {
  if (/^RequestTimeout|TIMEDOUT$|TIMEOUT$/.test(failure)) return { code: 'timeout', retryable: true }
  // A certificate does not mend itself.
  const isCertificate = /^(CERT|UNABLE|SELF|DEPTH|ERR_TLS|ERR_SSL)_/.test(failure)
  if (NODE_CODE.test(failure)) return { code: 'unavailable', retryable: !isCertificate }
  // An HTML page of a proxy, or nothing at all, where JSON was due.
  return { code: 'invalidAnswer', retryable: true }
}

function whatHappened(
  { code, status, message, requestId, failure }: VendorError,
  server: string | undefined,
): string {
  const inBrackets = [
    ...(code === undefined ? [] : [code]),
    ...(code === undefined && status !== undefined ? [`HTTP ${status}`] : []),
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
  ]
  if (inBrackets.length === 0) return `failed: ${inWords(failure, server)}`
  return `failed${message === undefined ? '' : `: ${message}`} (${inBrackets.join(', ')})`
}

function inWords(failure: string, server = 'the server'): string {
  if (/^RequestTimeout|TIMEDOUT$|TIMEOUT$/.test(failure)) return 'no answer in time'
  if (/^(ENOTFOUND|EAI_)/.test(failure)) return `the name of ${server} could not be resolved (${failure})`
  if (NODE_CODE.test(failure)) return `no connection to ${server}, or a broken one (${failure})`
  return `the answer was not what the API sends (${failure})`
}
