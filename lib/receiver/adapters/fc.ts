import { admit, type Callback } from '../admit.ts'
import { fcAnswer, fcHeader, readFcEvent, type FcHttpEvent, type FcHttpResponse } from './fc-event.ts'
import type { Verify } from '../verifier.ts'

export { fcBody, type FcHttpEvent, type FcHttpResponse } from './fc-event.ts'

export type FcHandler<C> = (
  callback: Callback,
  event: FcHttpEvent,
  context: C,
) => FcHttpResponse | undefined | Promise<FcHttpResponse | undefined>

/**
 * A handler for an HTTP trigger of Function Compute that answers probes and forged callbacks, and calls `handler` for
 * the others; {@link fcBody} gives it the body. When it returns nothing, the answer is 200.
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
): (event: Uint8Array | string, context: C) => Promise<FcHttpResponse> {
  return async (event, context) => {
    const request = readFcEvent(event)
    if (request === null) return fcAnswer(400)
    const admission = await admit(verify, (name) => fcHeader(request, name))
    if ('answer' in admission) return fcAnswer(admission.answer.status, admission.answer.headers)
    return (await handler(admission.callback, request, context)) ?? fcAnswer(200)
  }
}
