import type { WireAnswer, WireRequest } from '../wire/wire.ts'
import { json } from './answer.ts'
import type { AsyncTask } from './async-task.ts'
import { invalidArgument } from './errors.ts'
import type { FunctionCompute } from './function-compute.ts'
import type { FunctionRoute } from './routes.ts'

const TASKS_A_PAGE = 20

export function getTask(
  functions: FunctionCompute,
  route: FunctionRoute,
  _request: WireRequest,
  requestId: string,
): WireAnswer {
  const { queue, function: deployed } = functions.find(route.service, route.functionName, route.qualifier)
  return json(200, describe(queue.get(route.taskId ?? ''), route, deployed.arn, functions), requestId)
}

export function listTasks(
  functions: FunctionCompute,
  route: FunctionRoute,
  request: WireRequest,
  requestId: string,
): WireAnswer {
  const { queue, function: deployed } = functions.find(route.service, route.functionName, route.qualifier)
  const query = new Map(request.query)
  const [prefix, status] = [query.get('prefix') ?? '', query.get('status')]
  const limit = wholeNumber(query.get('limit'), TASKS_A_PAGE)
  const start = wholeNumber(query.get('nextToken'), 0)
  const found = queue
    .list()
    .filter((task) => task.id.startsWith(prefix) && (status === undefined || task.status === status))
  const page = found.slice(start, start + limit).map((task) => describe(task, route, deployed.arn, functions))
  const next = start + limit < found.length ? { nextToken: String(start + limit) } : {}
  return json(200, { [route.service === null ? 'tasks' : 'invocations']: page, ...next }, requestId)
}

export function stopTask(
  functions: FunctionCompute,
  route: FunctionRoute,
  _request: WireRequest,
  requestId: string,
): WireAnswer {
  functions.find(route.service, route.functionName, route.qualifier).queue.stop(route.taskId ?? '')
  return json(200, {}, requestId)
}

/** The same record; FC 2.0 has other names for four of its fields. */
function describe(
  task: AsyncTask,
  { service, functionName }: FunctionRoute,
  functionArn: string,
  { showsReturnPayload }: FunctionCompute,
): Readonly<Record<string, unknown>> {
  const { id, payload, errorMessage, returned } = task
  const own =
    service === null
      ? { taskId: id, functionArn, taskPayload: payload.toString('utf8'), taskErrorMessage: errorMessage }
      : {
          invocationId: id,
          functionName,
          serviceName: service,
          invocationPayload: payload.toString('utf8'),
          invocationErrorMessage: errorMessage,
        }
  return {
    ...own,
    qualifier: task.qualifier,
    requestId: task.requestId,
    instanceId: task.instanceId,
    status: task.status,
    startedTime: task.startedTime ?? 0,
    endTime: task.endTime ?? 0,
    durationMs: task.durationMs,
    alreadyRetriedTimes: Math.max(0, task.attempts - 1),
    destinationStatus: '',
    events: task.events,
    ...(showsReturnPayload && { returnPayload: returned }),
  }
}

function wholeNumber(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(`'${text}' is not a whole number`)
  return Number(text)
}
