import { systemClock } from '../core/clock.ts'
import { INSTANCE_HEADER, LINEAGE_HEADER, REVISION_HEADER } from '../keyset/signature.ts'
import { requestHeaders } from './signed-headers.ts'
import type { Accepted, Quarantined, RequestHeaders, Verification } from './verification.ts'
import { headerText } from './headers.ts'
import type { Verify } from './verifier.ts'

/** A verified callback. Check the verdict: only `accepted` is accepted. */
export type Callback = (Accepted | Quarantined) & {
  /** The two headers as they came. */
  readonly timestamp: string
  readonly signature: string
}

/** Either continue to user code with the verification, or just send this answer, without a body. */
export type Admission =
  | { readonly kind: 'callback'; readonly verification: Callback }
  | {
      readonly kind: 'answer'
      readonly status: 204 | 401 | 503
      readonly headers: Readonly<Record<string, string>>
    }

export interface AdmitOptions {
  /** What happens to a callback under a leaked key: it is answered 401, or passed on with its verdict. Default `refuse`. */
  readonly quarantined?: 'refuse' | 'pass' | undefined
}

const NO_OPTIONS: AdmitOptions = {}
const REFUSED: Admission = { kind: 'answer', status: 401, headers: {} }
const UNAVAILABLE: Admission = { kind: 'answer', status: 503, headers: { 'retry-after': '1' } }

/**
 * Decides what to do with a request, by its headers alone. Use it in a framework that has no adapter here, and call it
 * before anything reads the body. All adapters use it.
 *
 * - a probe from the rotator: 204 with the evidence headers if its signature is accepted, otherwise 401;
 * - rejected: 401, without a reason;
 * - quarantined: 401 unless `quarantined: 'pass'`;
 * - no keyset to verify with: 503, so that the sender may try again; a 401 would say that the callback is forged;
 * - otherwise the callback, for user code.
 *
 * @param request - Passed to the verifier's hooks.
 * @throws What your own source or hook throws.
 *
 * @example
 * ```ts
 * const admission = await admit(verify, request.headers)
 * if (admission.kind === 'answer') return respond(admission.status, admission.headers)
 * await store(admission.verification.kid, await readBody(request))
 * ```
 */
export async function admit(
  verify: Verify,
  headers: RequestHeaders,
  options?: AdmitOptions,
  request?: unknown,
): Promise<Admission> {
  return admitNow(verify, headers, options, request)
}

/** The same, without a promise if nothing has to be read. Never throws: errors become rejections. */
export function admitNow(
  verify: Verify,
  headers: RequestHeaders,
  { quarantined = 'refuse' }: AdmitOptions = NO_OPTIONS,
  request?: unknown,
): Admission | Promise<Admission> {
  const found = requestHeaders(headers)
  const timestamp = headerText(found.timestamp)
  const signature = headerText(found.signature)
  const probe = found.probe === true
  const conclude = (verification: Verification): Admission => {
    if (verification.verdict === 'rejected') return REFUSED
    if (probe) return verification.verdict === 'accepted' ? acceptedProbe(verify) : REFUSED
    if (verification.verdict === 'quarantined' && quarantined !== 'pass') return REFUSED
    return { kind: 'callback', verification: { ...verification, timestamp, signature } }
  }
  try {
    const verification = verify.decide({ timestamp, signature }, { probe, request })
    return verification instanceof Promise
      ? verification.then(conclude).catch(unavailable)
      : conclude(verification)
  } catch (error) {
    return rejection(error)
  }
}

/** Continues with an admission: at once if there is nothing to wait for, so that no part of the body is missed. */
export function whenAdmitted(
  admission: Admission | Promise<Admission>,
  proceed: (admission: Admission) => void,
  failed: (error: unknown) => unknown,
): void {
  if (admission instanceof Promise) admission.then(proceed, failed)
  else proceed(admission)
}

async function rejection(error: unknown): Promise<never> {
  throw error
}

function unavailable(error: unknown): Admission {
  if (isUnavailable(error)) return UNAVAILABLE
  throw error
}

/** Which instance accepted the probe, and with which document. Nobody else gets this. */
function acceptedProbe(verify: Verify): Admission {
  const evidence = verify.evidence()
  const headers = evidence && {
    [INSTANCE_HEADER]: evidence.instance,
    [LINEAGE_HEADER]: evidence.lineage,
    [REVISION_HEADER]: String(evidence.revision),
    date: new Date(systemClock.now()).toUTCString(),
  }
  return { kind: 'answer', status: 204, headers: headers ?? {} }
}

/** Checks the code, not the class: a program may have loaded this package twice, as a module and as CommonJS. */
function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unavailable'
}
