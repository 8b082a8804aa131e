import { subjectOf } from './invoke-errors.ts'
import { FunctionError } from './invoke-failure.ts'
import { parsedOrText } from './invoke-payload.ts'
import { sendToFunction } from './invoke-send.ts'
import { checkTaskId, DEFAULT_TIMEOUT_MS, type FunctionTarget, type RawAnswer } from './invoke-target.ts'
import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'

/** A run that is over and went well. */
export interface Invocation {
  readonly requestId: string
  /** What the handler returned: parsed where it is JSON, else the text. Not checked. */
  readonly returned: unknown
  /** The last 4 KB of the log; null when it was not sent. */
  readonly log: string | null
}

export interface QueuedInvocation {
  readonly taskId: string
  readonly requestId: string
}

/**
 * Runs a deployed function and waits for what it returns: FC 3.0, or FC 2.0 when the target has a service. Each SDK is
 * loaded only when it is needed. One HTTPS request, never repeated.
 *
 * @throws RotatorError {@link FunctionError} (`functionError`) when the function ran and failed, which Function Compute
 *   answers with 200 and a header; `throttled` when another run is under way; `denied`, `notFound`, `badCredentials`,
 *   `timeout`, `unavailable`; `config` and `usage` for a target that cannot be.
 *
 * @example
 * ```ts
 * const { returned } = await invokeFunction({
 *   functionName: 'live-key-rotator', region: 'cn-shanghai', accountId: '1000000000000001',
 *   credentials: defaultCredentials(), clock: systemClock, event: { action: 'status' },
 * })
 * ```
 */
export async function invokeFunction(
  options: FunctionTarget & { readonly event: object },
): Promise<Invocation> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const { headers, body } = await sendToFunction(options, 'InvokeFunction', timeoutMs, (client) =>
    client.invoke(JSON.stringify(options.event), { type: 'Sync', logType: 'Tail' }),
  )
  const requestId = headers['x-fc-request-id'] ?? 'unknown'
  const log = logIn(headers)
  if (headers['x-fc-error-type'] !== undefined) {
    throw new FunctionError(`${subjectOf(options)} failed`, body, { requestId, log })
  }
  return { requestId, returned: parsedOrText(body), log }
}

/**
 * Puts a run into the function's queue, where it waits while another one is under way. One HTTPS request.
 *
 * @param options - `taskId` names the task: the same id is never queued twice. It begins with a letter or `_` and goes
 *   on with letters, digits, `_` and `-`, 128 characters at most. Default: Function Compute makes one.
 * @throws RotatorError `alreadyExists` for an id that was used before; else as {@link invokeFunction}.
 *
 * @example
 * ```ts
 * const { taskId } = await queueInvocation({ ...target, event: { action: 'rotate' }, taskId: 'rotate-2026-11-24' })
 * ```
 */
export async function queueInvocation(
  options: FunctionTarget & { readonly event: object; readonly taskId?: string | undefined },
): Promise<QueuedInvocation> {
  const { taskId, service } = options
  if (taskId !== undefined) checkTaskId(taskId)
  const { headers } = await sendToFunction(options, 'InvokeFunction', CALL_TIMEOUT_MS, (client) =>
    client.invoke(JSON.stringify(options.event), {
      type: 'Async',
      logType: 'None',
      ...(taskId !== undefined && { taskId }),
    }),
  )
  const requestId = headers['x-fc-request-id'] ?? 'unknown'
  const idHeader = service === undefined ? 'x-fc-async-task-id' : 'x-fc-stateful-async-invocation-id'
  return { taskId: taskId ?? headers[idHeader] ?? requestId, requestId }
}

function logIn(headers: RawAnswer['headers']): string | null {
  const encoded = headers['x-fc-log-result']
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString('utf8')
}
