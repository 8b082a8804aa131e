import { header, type WireAnswer, type WireRequest } from '../wire/wire.ts'
import type { Invocation } from './deployed-function.ts'
import { entityTooLarge, invalidArgument, resourceExhausted } from './errors.ts'
import type { FunctionCompute } from './function-compute.ts'
import type { FunctionRoute } from './routes.ts'

const MOST_SYNC_BYTES = 32 * 2 ** 20
const MOST_ASYNC_BYTES = 128 * 1024
/** As documented for both versions. */
const TASK_ID = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/

/** InvokeFunction of both versions, which share all headers except the task id's. */
export async function invokeFunction(
  functions: FunctionCompute,
  { service, functionName, qualifier }: FunctionRoute,
  request: WireRequest,
  requestId: string,
): Promise<WireAnswer> {
  const { function: deployed, queue } = functions.find(service, functionName, qualifier)
  const { body, headers } = request
  const type = choice(request, 'x-fc-invocation-type', ['Sync', 'Async'])
  const logs = choice(request, 'x-fc-log-type', ['None', 'Tail'])
  const most = type === 'Sync' ? MOST_SYNC_BYTES : MOST_ASYNC_BYTES
  if (body.length > most) throw entityTooLarge(most)
  if (type === 'Async') {
    const idHeader = service === null ? 'x-fc-async-task-id' : 'x-fc-stateful-async-invocation-id'
    const taskId = header(headers, idHeader) || requestId
    if (taskId !== requestId && !TASK_ID.test(taskId)) throw invalidArgument(`'${idHeader}' is malformed`)
    queue.submit(taskId, requestId, qualifier, body)
    return { status: 202, headers: { 'x-fc-request-id': requestId, [idHeader]: taskId }, body: '' }
  }
  const running = deployed.invoke({ requestId, event: body, qualifier, retryCount: 0 })
  if (running === null) throw resourceExhausted()
  return answerOf(await running, requestId, qualifier, logs === 'Tail')
}

function answerOf(
  invocation: Invocation,
  requestId: string,
  qualifier: string,
  withLog: boolean,
): WireAnswer {
  const { body, json, errorType, instanceId, durationMs, memoryMb, logTail } = invocation
  return {
    status: 200,
    headers: {
      'content-type': json ? 'application/json' : 'application/octet-stream',
      'x-fc-request-id': requestId,
      'x-fc-instance-id': instanceId,
      'x-fc-invocation-service-version': qualifier,
      'x-fc-invocation-duration': String(Math.round(durationMs)),
      'x-fc-max-memory-usage': memoryMb.toFixed(2),
      ...(errorType !== null && { 'x-fc-error-type': errorType }),
      ...(withLog && { 'x-fc-log-result': logTail.toString('base64') }),
    },
    body,
  }
}

/** The first choice is the default. */
function choice<T extends string>({ headers }: WireRequest, name: string, choices: readonly T[]): T {
  const value = header(headers, name)
  const found = value === '' ? choices[0] : choices.find((candidate) => candidate === value)
  if (found === undefined) throw invalidArgument(`'${name}' must be ${choices.join(' or ')}`)
  return found
}
