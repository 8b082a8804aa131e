import { FunctionError } from '../../alibaba/invoke-failure.ts'
import type { FunctionTarget } from '../../alibaba/invoke-target.ts'
import { followTask } from '../../alibaba/invoke-task.ts'
import { invokeFunction, queueInvocation, type Invocation } from '../../alibaba/invoke.ts'
import { isLoopback } from '../../config/fields.ts'
import { loadConfig } from '../../config/load.ts'
import type { Action, RotationConfig } from '../../config/types.ts'
import { LOCAL_ACCOUNT_ID } from '../../emulator/credentials.ts'
import { RotatorError } from '../../errors.ts'
import { chooseCredentials } from '../credentials.ts'
import { exitCodeOf } from '../exit-code.ts'
import { interruptibleClock } from '../interruptible-clock.ts'
import type { Io, Result } from '../io.ts'
import { startProgress, type Progress } from '../progress/progress.ts'
import { newRunId } from '../run-id.ts'
import { styleOf } from '../style.ts'
import { reportText } from '../text/report-text.ts'
import { requestOf, type ActionOptions } from './action.ts'
import { isReport } from './invoke-report.ts'

export interface InvokeOptions extends ActionOptions {
  readonly function: string
  readonly service?: string
  readonly qualifier?: string
  readonly accountId?: string
  readonly action: Action
  readonly async?: boolean
  /** The id of a task; true for the one that is queued now. */
  readonly follow?: string | true
}

/**
 * Runs the deployed function instead of a rotation here: waits for its report, or puts the run into the function's
 * queue.
 */
export async function runInvoke(options: InvokeOptions, io: Io): Promise<Result> {
  const { async = false, follow } = options
  if (async === (typeof follow === 'string')) {
    if (async) throw new RotatorError('usage', '--follow with the id of a task goes without --async')
  } else if (!async) {
    // Left to the case of a plain invocation, or of a task's id.
  }
  if (follow === true && !async) throw new RotatorError('usage', '--follow needs --async, or the id of a task')
  const config = loadConfig({ env: io.env, ...(options.config !== undefined && { path: options.config }) })
  const target = targetOf(options, config, io)
  const progress = startProgress(io)
  try {
    if (typeof follow === 'string') return await followed(target, follow, progress, io)
    const runId = newRunId()
    const { id = runId, ...request } = requestOf(options.action, { ...options, id: options.id ?? runId })
    const event = { ...withoutNulls(request), id }
    if (async) return await queued({ target, event, taskId: runId, follow: follow === true }, progress, io)
    progress.say({ kind: 'note', text: `invoking ${target.functionName} in ${target.region}, run ${id ?? ''}` })
    return resultOf(target, await invokeFunction({ ...target, event }), io)
  } catch (error) {
    return failed(error, io)
  } finally {
    progress.stop()
  }
}
