import type { Request, RequestHandler, Response } from 'express'
import { admitNow, whenAdmitted, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express wants to be extended this way
  namespace Express {
    interface Request {
      /** The verification, after `expressReceiver(verify)`. */
      liveCallback?: Callback
    }
  }
}

export type ExpressHandler<Q = Request, S = Response> = (
  callback: Callback,
  request: Q,
  response: S,
) => unknown

/**
 * A request handler for Express 4 and 5 that answers probes and forged callbacks. Body parsers may come before or after
 * it: the signature does not cover the body.
 *
 * With a handler it ends the route: if the handler ends without an answer, the adapter answers 200. Without one it is
 * middleware: it continues for accepted callbacks, with the verification at `request.liveCallback`. Errors go to Express.
 *
 * @example
 * ```ts
 * app.post('/live/snapshot', expressReceiver(verify), express.json(), async (request, response) => {
 *   await store(request.body)
 *   response.end()
 * })
 * ```
 */
export function expressReceiver<
  P = Request['params'],
  Answer = Request['body'],
  Body = Request['body'],
  Query = Request['query'],
  Locals extends Response['locals'] = Response['locals'],
>(
  verify: Verify,
  handler: ExpressHandler<Request<P, Answer, Body, Query, Locals>, Response<Answer, Locals>>,
  options?: ReceiverOptions,
): RequestHandler<P, Answer, Body, Query, Locals>
export function expressReceiver(verify: Verify, options?: ReceiverOptions): RequestHandler
export function expressReceiver(
  verify: Verify,
  first?: ExpressHandler | ReceiverOptions,
  second?: ReceiverOptions,
): RequestHandler {
  const { handler, admitOptions } = readArguments('expressReceiver', first, second)
  const end = async (callback: Callback, request: Request, response: Response): Promise<void> => {
    await handler?.(callback, request, response)
    if (!response.headersSent) response.end()
  }
  return (request, response, next) => {
    whenAdmitted(
      admitNow(verify, request.headers, admitOptions, request),
      (admission) => {
        if (admission.kind === 'answer') response.writeHead(admission.status, admission.headers).end()
        else if (handler !== undefined) end(admission.verification, request, response).catch(next)
        else {
          request.liveCallback = admission.verification
          next()
        }
      },
      next,
    )
  }
}
