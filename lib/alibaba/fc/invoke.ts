import { subjectOf } from './invoke-errors.ts'
import { FunctionError } from './invoke-failure.ts'
import { parsedOrText } from './invoke-payload.ts'
import { sendToFunction } from './invoke-send.ts'
import { checkTaskId, DEFAULT_TIMEOUT_MS, type FunctionTarget, type RawAnswer } from './invoke-target.ts'
import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'

/** A successful run. */
export interface Invocation {
  readonly requestId: string
  /** The handler's return value, unchecked: parsed if it is JSON, else the text. */
  readonly returned: unknown
  /** The last 4 KB of the log; null if it was not sent. */
  readonly log: string | null
}

export interface QueuedInvocation {
  readonly taskId: string
  readonly requestId: string
}

/**
 * Runs a deployed function and waits for its result: on FC 3.0, or on FC 2.0 if the target has a service. Loads an SDK
 * only when it is needed. Makes one HTTPS request and never retries.
 *
 * @throws RotatorError {@link FunctionError} (`functionError`) if the function ran and failed, which Function Compute
 *   answers with 200 and a header; `throttled` if another run is under way; `denied`, `notFound`, `badCredentials`,
 *   `timeout`, `unavailable`; `config` and `usage` for an invalid target.
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
 * Queues a run, which waits while another one is under way. Makes one HTTPS request.
 *
 * @param options - `taskId` names the task: the same id is never queued twice. It is a letter or `_` followed by
 *   letters, digits, `_` or `-`, at most 128 characters. Default: Function Compute makes one.
 * @throws RotatorError `alreadyExists` for an id that was used before; otherwise as {@link invokeFunction}.
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
