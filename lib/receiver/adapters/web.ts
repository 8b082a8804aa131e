import { admitNow, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'
import { isResponse } from './is-response.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

/** What a server passes besides the request, such as the route's parameters, comes after it. */
export type WebHandler<Q extends Request, R extends readonly unknown[]> = (
  callback: Callback,
  request: Q,
  ...rest: R
) => unknown

/** Continues with the next handler, with the verification. */
export type WebNext<Q extends Request> = (
  request: Q & { liveCallback: Callback },
) => Response | Promise<Response>

/**
 * A web-standard handler (Request → Response: Deno, Bun, Next.js …) that answers probes and forged callbacks.
 *
 * With a handler it ends the route: the answer is the `Response` that it returns, or 200 if it returns none. Without one
 * it is middleware: for an accepted callback it calls `next` with the request, which has the verification at
 * `request.liveCallback`.
 *
 * @example
 * ```ts
 * export const POST = webReceiver(verify, async (callback, request) => {
 *   if (callback.verdict === 'accepted') await store(await request.json())
 * })
 * ```
 */
export function webReceiver<Q extends Request, R extends readonly unknown[]>(
  verify: Verify,
  handler: WebHandler<Q, R>,
  options?: ReceiverOptions,
): (request: Q, ...rest: R) => Promise<Response>
export function webReceiver(
  verify: Verify,
  options?: ReceiverOptions,
): <Q extends Request>(request: Q, next: WebNext<Q>) => Promise<Response>
export function webReceiver(
  verify: Verify,
  first?: WebHandler<Request, unknown[]> | ReceiverOptions,
  second?: ReceiverOptions,
) {
  const { handler, admitOptions } = readArguments('webReceiver', first, second)
  return async (request: Request, ...rest: unknown[]): Promise<Response> => {
    const admitted = admitNow(verify, request.headers, admitOptions, request)
    const admission = admitted instanceof Promise ? await admitted : admitted
    if (admission.kind === 'answer') return new Response(null, admission)
    const { verification } = admission
    const next = rest[0] as WebNext<Request>
    const answer =
      handler === undefined
        ? await next(Object.assign(request, { liveCallback: verification }))
        : await handler(verification, request, ...rest)
    return isResponse(answer) ? answer : new Response(null)
  }
}
