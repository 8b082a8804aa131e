import { isObject } from '../../core/objects.ts'
import { admit, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'
import { fcAnswer, readFcEvent, type FcHttpEvent, type FcHttpResponse } from './fc-event.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

export { fcBody, type FcHttpEvent, type FcHttpResponse } from './fc-event.ts'

export type FcHandler<C> = (callback: Callback, event: FcHttpEvent, context: C) => unknown

/** Continues with the next handler, with the verification. */
export type FcNext = (event: FcHttpEvent & { readonly liveCallback: Callback }) => unknown

/**
 * A handler for an HTTP trigger of Function Compute that answers probes and forged callbacks.
 *
 * With a handler it ends the route: the answer is the response that the handler returns, or 200 if it returns none;
 * `fcBody` reads the body. Without one it is middleware: for an accepted callback it calls `next` with the event, which
 * has the verification at `event.liveCallback`.
 *
 * @example
 * ```ts
 * export const handler = fcReceiver(verify, async (callback, event) => {
 *   if (callback.verdict === 'accepted') await store(JSON.parse(fcBody(event).toString('utf8')))
 * })
 * ```
 */
export function fcReceiver<C = unknown>(
  verify: Verify,
  handler: FcHandler<C>,
  options?: ReceiverOptions,
): (event: Uint8Array | string, context: C) => Promise<FcHttpResponse>
export function fcReceiver(
  verify: Verify,
  options?: ReceiverOptions,
): (event: Uint8Array | string, next: FcNext) => Promise<FcHttpResponse>
export function fcReceiver(
  verify: Verify,
  first?: FcHandler<unknown> | ReceiverOptions,
  second?: ReceiverOptions,
) {
  const { handler, admitOptions } = readArguments('fcReceiver', first, second)
  return async (given: Uint8Array | string, context: unknown): Promise<FcHttpResponse> => {
    const event = readFcEvent(given)
    if (event === null) return fcAnswer(400)
    const admission = await admit(verify, event.headers, admitOptions, event)
    if (admission.kind === 'answer') return fcAnswer(admission.status, admission.headers)
    const { verification } = admission
    const answer =
      handler === undefined
        ? await (context as FcNext)({ ...event, liveCallback: verification })
        : await handler(verification, event, context)
    return isFcResponse(answer) ? answer : fcAnswer(200)
  }
}

function isFcResponse(value: unknown): value is FcHttpResponse {
  return isObject(value) && 'statusCode' in value
}
