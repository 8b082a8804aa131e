import type { IncomingMessage, ServerResponse } from 'node:http'
import { admit, type Callback } from '../admit.ts'
import { callHook } from '../call-hook.ts'
import type { Verify } from '../verifier.ts'
import { warn } from '../warn.ts'

export type NodeHandler = (callback: Callback, request: IncomingMessage, response: ServerResponse) => unknown

/**
 * A request listener for `node:http` that answers probes and forged callbacks, and calls `handler` for the others. The
 * body is left unread for the handler. What the handler does not answer before it ends is answered 200; an error that
 * it throws is given to `onError` (by default a warning of the process) and answered 500; when the answer has begun
 * already, the connection is cut, so that nobody waits for the rest.
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
  {
    onError = (error: unknown) => warn('nodeReceiver', error),
  }: { onError?: (error: unknown) => unknown } = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const admission = await admit(verify, (name) => request.headers[name])
    if ('answer' in admission) {
      response.writeHead(admission.answer.status, admission.answer.headers).end()
      return
    }
    await handler(admission.callback, request, response)
    if (!response.headersSent) response.end()
  }
  return (request, response) => {
    receive(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500).end()
      else if (!response.writableEnded) response.destroy()
      callHook('onError of nodeReceiver', onError, error)
    })
  }
}
