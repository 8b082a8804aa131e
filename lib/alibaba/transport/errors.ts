import { hasCode, RotatorError, type ErrorCode } from '../../core/errors.ts'
import { isLoopback } from '../../core/safe-address.ts'
import { meaningOf, type Meaning } from './error-codes.ts'
import { NODE_CODE, readVendorError, type VendorError } from './vendor-error.ts'

/** What an error may say about a call. */
export interface CallName {
  /** E.g. `SetSnapshotCallbackAuth`. */
  readonly api: string
  /** RAM's name of the product: `live`, `kms`, `sts`. */
  readonly product: string
  /** What the call is about: `domain live1.example.com`, `secret live/keyset`. */
  readonly subject: string
  /** The server's name and port, if known: shown if it could not be reached. */
  readonly server?: string
}

const MAYBE_DONE = 'it may have taken effect; it is safe to make the same call again'

/** What to do next about a denial that no RAM permission lifts, by the server's code. */
const NOT_BY_RAM: ReadonlyMap<string | undefined, string> = new Map([
  ['IllegalOperation', 'check that the domain belongs to this account and has a snapshot callback URL'],
  [
    'InvalidIdentity.ServiceDisabled',
    'ApsaraVideo Live is disabled for this account: check the account in the console',
  ],
  ['DomainInProtectedMode', 'the domain is protected against changes: lift the protection in the console'],
])

/** What to do next, if known. */
const ADVICE: Partial<Record<ErrorCode, (call: CallName, error: VendorError) => string>> = {
  throttled: () => "others use up this account's rate: lower `throttle` in rotation.yaml",
  unavailable: ({ server }, { failure }) =>
    failure === 'ECONNREFUSED' && server !== undefined && isLoopback(new URL(`http://${server}`))
      ? 'start the local cloud with live-key-rotator emulator, or unset the ROTATOR_…_ENDPOINT that names it'
      : 'try again later; if it persists, check the endpoint and the network',
  invalidAnswer: () => 'a proxy on the way may have answered instead of the server',
  timeout: () => MAYBE_DONE,
  denied: ({ product, api }, { code, missingAction }) =>
    NOT_BY_RAM.get(code) ?? `allow the RAM action ${missingAction ?? `${product}:${api}`} for the caller`,
  badCredentials: (_, { code }) =>
    /time/i.test(code ?? '')
      ? 'the clock of this machine is wrong: set it'
      : 'check the credentials: the AccessKey pair, or the role and its token',
  deletionWindow: () => 'restore the secret with RestoreSecret, or configure another name',
}

/**
 * Translates any error of a call into ours. The SDK's error goes no further: it carries the request, and so the key.
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
    vendorCode: vendor.code,
    retryAfterMs: vendor.retryAfterMs,
  })
}

/** The error of a call that exceeded its timeout. */
export function timedOut(call: CallName, timeoutMs: number): RotatorError {
  const message = `${call.api} for ${call.subject} had no answer within ${timeoutMs / 1000} s; ${MAYBE_DONE}`
  return new RotatorError('timeout', message, { retryable: true })
}

/**
 * Whether a call that failed this way may still take effect: the API has not said what became of it, or has said that
 * it was sent twice.
 */
export function mayStillLand(error: unknown): boolean {
  if (hasCode(error, 'timeout')) return true
  if (!hasCode(error, 'unavailable', 'invalidAnswer')) return false
  return error.vendorCode === undefined || error.vendorCode.startsWith('SignatureNonceUsed')
}

/** Errors without an answer. */
function failureMeaning(failure: string): Meaning {
  if (/^RequestTimeout|TIMEDOUT$|TIMEOUT$/.test(failure)) return { code: 'timeout', retryable: true }
  // A bad certificate stays bad.
  const isCertificate = /^(CERT|UNABLE|SELF|DEPTH|ERR_TLS|ERR_SSL)_/.test(failure)
  if (NODE_CODE.test(failure)) return { code: 'unavailable', retryable: !isCertificate }
  // A proxy's HTML page, or nothing at all, instead of JSON.
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
  if (NODE_CODE.test(failure)) return `could not connect to ${server}, or the connection broke (${failure})`
  return `the answer was not what the API sends (${failure})`
}
