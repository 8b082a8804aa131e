import type { IncomingMessage, ServerResponse } from 'node:http'
import { admit, type Callback } from './admit.ts'
import type { Verify } from './verifier.ts'

export type NodeHandler = (callback: Callback, request: IncomingMessage, response: ServerResponse) => unknown

/**
 * A request listener for `node:http` that answers probes and forged callbacks, and calls `handler` for the others. The
 * body is left unread for the handler. What the handler does not answer before it ends is answered 200; an error that
 * it throws is answered 500 and given to `onError`.
 *
 * @example
 * ```ts
 * createServer(
 *   nodeReceiver(verify, async (callback, request) => {
 *     if (callback.verdict === 'accepted') await store(await json(request))
 *   }),
 * ).listen(8080)
 * ```
 */
export function nodeReceiver(
  verify: Verify,
  handler: NodeHandler,
  { onError = console.error }: { readonly onError?: (error: unknown) => void } = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      const admission = await admit(verify, (name) => request.headers[name])
      if ('answer' in admission) {
        response.writeHead(admission.answer.status, admission.answer.headers).end()
        return
      }
      await handler(admission.callback, request, response)
      if (!response.headersSent) response.writeHead(200).end()
    } catch (error) {
      if (!response.headersSent) response.writeHead(500).end()
      onError(error)
    }
  }
}
