import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { admitNow, whenAdmitted, type Callback } from '../admit.ts'
import { callHook } from '../call-hook.ts'
import type { Verify } from '../verifier.ts'
import { warn } from '../warn.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

/** A request of `node:http` or `node:http2`; after the middleware it has the verification. */
export interface NodeRequest {
  readonly headers: IncomingHttpHeaders
  liveCallback?: Callback
}

/** A response of `node:http` or `node:http2`. */
export interface NodeResponse {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  writeHead(status: number, headers: Record<string, string>): { end(): unknown }
  end(): unknown
  destroy(): unknown
}

export type NodeHandler<Q extends NodeRequest = IncomingMessage, S extends NodeResponse = ServerResponse> = (
  callback: Callback,
  request: Q,
  response: S,
) => unknown

export interface NodeReceiverOptions extends ReceiverOptions {
  /** Called with what a handler throws. Default: emits a process warning. */
  readonly onError?: (error: unknown) => unknown
}

/**
 * A request listener for `node:http`, and for `node:http2` through its compatible interface. Answers probes and forged
 * callbacks, and does not read the body.
 *
 * With a handler it ends the route. If the handler ends without an answer, it answers 200. If the handler throws, it calls
 * `onError` and answers 500; if an answer has already begun, it cuts the connection, so that nobody waits for the rest.
 * Without a handler it is middleware (Connect, Polka …): for an accepted callback it calls `next`, with the verification at
 * `request.liveCallback`.
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
export function nodeReceiver<
  Q extends NodeRequest = IncomingMessage,
  S extends NodeResponse = ServerResponse,
>(
  verify: Verify,
  handler: NodeHandler<Q, S>,
  options?: NodeReceiverOptions,
): (request: Q, response: S) => void
export function nodeReceiver(
  verify: Verify,
  options?: ReceiverOptions,
): (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => unknown) => void
export function nodeReceiver(
  verify: Verify,
  first?: NodeHandler<NodeRequest, NodeResponse> | NodeReceiverOptions,
  second?: NodeReceiverOptions,
) {
  const { handler, options, admitOptions } = readArguments('nodeReceiver', first, second, ['onError'])
  const failed = (response: NodeResponse, error: unknown): void => {
    if (!response.headersSent) response.writeHead(500, {}).end()
    else if (!response.writableEnded) response.destroy()
    callHook('onError of nodeReceiver', options?.onError ?? report, error)
  }
  const end = async (callback: Callback, request: NodeRequest, response: NodeResponse): Promise<void> => {
    try {
      await handler?.(callback, request, response)
      if (!response.headersSent) response.end()
    } catch (error) {
      failed(response, error)
    }
  }
  return (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => unknown): void => {
    whenAdmitted(
      admitNow(verify, request.headers, admitOptions, request),
      (admission) => {
        if (admission.kind === 'answer') response.writeHead(admission.status, admission.headers).end()
        else if (handler !== undefined) void end(admission.verification, request, response)
        else {
          request.liveCallback = admission.verification
          next?.()
        }
      },
      next ?? ((error) => failed(response, error)),
    )
  }
}

function report(error: unknown): void {
  warn('nodeReceiver', error)
}
