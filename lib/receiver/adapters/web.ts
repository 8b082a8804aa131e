import { admit, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'

export type WebHandler = (
  callback: Callback,
  request: Request,
) => Response | undefined | Promise<Response | undefined>

/**
 * A web-standard handler (Request → Response: Deno, Bun, Next.js …) that answers probes and forged callbacks, and calls
 * `handler` for the others. When the handler returns nothing, the answer is 200.
 *
 * @example
 * ```ts
 * export const POST = webReceiver(verify, async (callback, request) => {
 *   if (callback.verdict === 'accepted') await store(await request.json())
 * })
 * ```
 */
export function webReceiver(verify: Verify, handler: WebHandler): (request: Request) => Promise<Response> {
  return async (request) => {
    const admission = await admit(verify, (name) => request.headers.get(name))
    if ('answer' in admission) return new Response(null, admission.answer)
    return (await handler(admission.callback, request)) ?? new Response(null)
  }
}
