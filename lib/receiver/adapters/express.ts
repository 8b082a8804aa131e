import type { NextFunction, Request, Response } from 'express'
import { admit, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'

export type ExpressHandler = (callback: Callback, request: Request, response: Response) => unknown

/**
 * A request handler for Express that answers probes and forged callbacks, and calls `handler` for the others. Body
 * parsers may stand before or after it: the signature does not cover the body. What the handler does not answer before
 * it ends is answered 200; an error that it throws goes to Express.
 *
 * @example
 * ```ts
 * app.post('/live/snapshot', express.json(), expressReceiver(verify, async (callback, request) => {
 *   if (callback.verdict === 'accepted') await store(request.body)
 * }))
 * ```
 */
export function expressReceiver(
  verify: Verify,
  handler: ExpressHandler,
): (request: Request, response: Response, next: NextFunction) => void {
  const receive = async (request: Request, response: Response): Promise<void> => {
    const admission = await admit(verify, (name) => request.headers[name])
    if ('answer' in admission) {
      response.writeHead(admission.answer.status, admission.answer.headers).end()
      return
    }
    await handler(admission.callback, request, response)
    if (!response.headersSent) response.end()
  }
  return (request, response, next) => {
    receive(request, response).catch(next)
  }
}
