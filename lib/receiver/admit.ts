import { systemClock } from '../core/clock.ts'
import { INSTANCE_HEADER, LINEAGE_HEADER, REVISION_HEADER } from '../keyset/signature.ts'
import { requestHeaders } from './signed-headers.ts'
import type { Accepted, Quarantined, RequestHeaders, Verification } from './verification.ts'
import { headerText } from './headers.ts'
import type { Verify } from './verifier.ts'

/** A verified callback. Mind the verdict: only `accepted` is accepted. */
export type Callback = (Accepted | Quarantined) & {
  /** The two headers as they came. */
  readonly timestamp: string
  readonly signature: string
}

/** Go on to user code with the verification, or answer as it says, without a body, and do no more. */
export type Admission =
  | { readonly kind: 'callback'; readonly verification: Callback }
  | {
      readonly kind: 'answer'
      readonly status: 204 | 401 | 503
      readonly headers: Readonly<Record<string, string>>
    }

export interface AdmitOptions {
  /** What becomes of a callback under a leaked key: answered 401, or passed on with its verdict. Default `refuse`. */
  readonly quarantined?: 'refuse' | 'pass' | undefined
}

const NO_OPTIONS: AdmitOptions = {}
const REFUSED: Admission = { kind: 'answer', status: 401, headers: {} }
const UNAVAILABLE: Admission = { kind: 'answer', status: 503, headers: { 'retry-after': '1' } }

/**
 * Decides what becomes of a request, by its headers alone: call it before anything reads the body, in a framework that
 * has no adapter here. All adapters stand on it.
 *
 * - a probe of the rotator: 204 with the evidence headers where its signature is accepted, otherwise 401;
 * - rejected: 401, and no word of why;
 * - quarantined: 401 unless `quarantined: 'pass'`;
 * - no keyset to verify with: 503, for the sender may try again, and 401 would say that the callback is forged;
 * - else the callback, for user code.
 *
 * @param request - Handed to the hooks of the verifier.
 * @throws what a source or a hook of your own throws.
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

/** The same, without a promise where nothing has to be read. Never throws: what goes wrong is a rejection. */
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

/** Goes on with an admission: at once, where there is nothing to wait for, so that not a part of the body is missed. */
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

/** Which instance has accepted it, and by which document: nobody else is told. */
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

/** By its code and not by its class: a program may have loaded this package twice, as a module and as CommonJS. */
function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unavailable'
}
