import { hasCode, RotatorError, type ErrorCode } from '../../core/errors.ts'
import { meaningOf, type Meaning } from './error-codes.ts'
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
        : code === 'DomainInProtectedMode'
          ? 'the domain is protected against changes: lift that in the console'
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
 * @param hidden - Secret values that the call carried.
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
  const { code, retryable } = meaningOf(vendor.code, vendor.status) ?? failureMeaning(vendor.failure)
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

/** Errors without an answer behind them. */
function failureMeaning(failure: string): Meaning {
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
