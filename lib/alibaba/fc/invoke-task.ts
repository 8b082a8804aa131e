import { retry } from '../../throttle/retry.ts'
import { Answer } from '../transport/response-reader.ts'
import { subjectOf } from './invoke-errors.ts'
import { FunctionError } from './invoke-failure.ts'
import { parsedOrText } from './invoke-payload.ts'
import { sendToFunction } from './invoke-send.ts'
import { checkKnownTaskId, type FunctionTarget } from './invoke-target.ts'
import type { Invocation } from './invoke.ts'
import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'

/** The state of an asynchronous invocation's task. */
export interface Task {
  /** `Enqueued`, `Running`, `Retrying`, `Succeeded`, `Failed`, `Stopping`, `Stopped`, `Expired`, `Invalid`. */
  readonly status: string
  readonly requestId: string
  /** How often the run was retried. */
  readonly retries: number
  readonly errorMessage: string
  /** The handler's return value; empty unless Alibaba Cloud shows it to this account. */
  readonly returned: string
}

/**
 * Reads a task once. Makes one HTTPS request.
 *
 * @throws RotatorError `usage` for an invalid id; `notFound`, `denied`, `badCredentials`, `timeout`, `unavailable`,
 *   `invalidAnswer`.
 *
 * @example
 * ```ts
 * const { status } = await getTask({ ...target, taskId: 'rotate-2026-11-24' })
 * ```
 */
export async function getTask(options: FunctionTarget & { readonly taskId: string }): Promise<Task> {
  const { taskId, service } = options
  checkKnownTaskId(taskId)
  const call = { api: 'GetAsyncTask', product: 'fc', subject: `task ${taskId} of ${subjectOf(options)}` }
  const document = await sendToFunction(options, call.api, CALL_TIMEOUT_MS, (client) => client.task(taskId))
  const answer = new Answer(document, call)
  return {
    status: answer.text('status'),
    requestId: answer.optionalText('requestId'),
    retries: answer.count('alreadyRetriedTimes'),
    errorMessage: answer.optionalText(service === undefined ? 'taskErrorMessage' : 'invocationErrorMessage'),
    returned: answer.optionalText('returnPayload'),
  }
}

/** A run continues even if its status cannot be read for a while. */
const PATIENCE = { attempts: 5, baseMs: 1_000, capMs: 4_000 }

const FAILED_ENDS = ['Failed', 'Stopped', 'Expired', 'Invalid']

/**
 * Polls a task until it has ended, however long that takes.
 *
 * @param options - `onChange` receives every new status. `everyMs` is the polling interval, default 2 s.
 * @returns The same as a synchronous run; `returned` is undefined if Alibaba Cloud does not show it.
 * @throws RotatorError {@link FunctionError} if the task did not succeed; what {@link getTask} throws, transient errors
 *   only if they persist.
 *
 * @example
 * ```ts
 * const { returned } = await followTask({ ...target, taskId, onChange: ({ status }) => console.error(status) })
 * ```
 */
export async function followTask(
  options: FunctionTarget & {
    readonly taskId: string
    readonly onChange?: (task: Task) => void
    readonly everyMs?: number
  },
): Promise<Invocation> {
  const { clock, taskId, onChange, everyMs = 2_000 } = options
  let last = ''
  for (;;) {
    const task = await retry(() => getTask(options), { ...PATIENCE, clock, random: () => 1 })
    if (task.status !== last) onChange?.(task)
    last = task.status
    const { requestId } = task
    if (task.status === 'Succeeded') {
      return {
        requestId,
        returned: task.returned === '' ? undefined : parsedOrText(task.returned),
        log: null,
      }
    }
    if (FAILED_ENDS.includes(task.status)) {
      const prefix = `task ${taskId} of ${subjectOf(options)} ended as ${task.status}`
      throw new FunctionError(prefix, task.errorMessage, { requestId, log: null })
    }
    await clock.sleep(everyMs)
  }
}
