import { PROBE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../keyset/signature.ts'
import type { Accepted, HeaderValue, Quarantined } from './verification.ts'
import { headerText } from './headers.ts'
import type { Verify } from './verifier.ts'

/** A callback that user code gets to see. Mind the verdict: only `accepted` is accepted. */
export type Callback = (Accepted | Quarantined) & {
  /** The two headers as they came. */
  readonly timestamp: string
  readonly signature: string
}

/** The whole answer of a request that user code does not get to see. It has no body. */
export interface Answer {
  readonly status: 204 | 401 | 503
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The one place where a request is let in or answered; the adapters bring it headers and take its answer.
 *
 * - a probe of the rotator: 204 when its signature is accepted, otherwise 401;
 * - rejected: 401, and no word of why;
 * - no keyset to verify with: 503, for the sender may try again, and 401 would say that the callback is forged;
 * - else the callback, for user code.
 */
export async function admit(
  verify: Verify,
  header: (name: string) => HeaderValue,
): Promise<{ callback: Callback } | { answer: Answer }> {
  const timestamp = headerText(header(TIMESTAMP_HEADER))
  const signature = headerText(header(SIGNATURE_HEADER))
  const probe = headerText(header(PROBE_HEADER)) === '1'
  try {
    const verification = await verify({ timestamp, signature }, { probe })
    if (probe && verification.verdict === 'accepted') return { answer: { status: 204, headers: {} } }
    if (probe || verification.verdict === 'rejected') return { answer: { status: 401, headers: {} } }
    return { callback: { ...verification, timestamp, signature } }
  } catch (error) {
    if (!isUnavailable(error)) throw error
    return { answer: { status: 503, headers: { 'retry-after': '1' } } }
  }
}

/** By its code and not by its class: a program may have loaded this package twice, as a module and as CommonJS. */
function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unavailable'
}
