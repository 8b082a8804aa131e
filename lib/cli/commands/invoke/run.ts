import { FunctionError } from '../../../alibaba/fc/invoke-failure.ts'
import { checkTaskId, endpointOf, type FunctionTarget } from '../../../alibaba/fc/invoke-target.ts'
import { followTask, type Task } from '../../../alibaba/fc/invoke-task.ts'
import { invokeFunction, queueInvocation, type Invocation } from '../../../alibaba/fc/invoke.ts'
import { isLoopback } from '../../../config/fields.ts'
import type { RotationConfig } from '../../../config/types.ts'
import { LOCAL_ACCOUNT_ID } from '../../../emulator/local-account.ts'
import { RotatorError } from '../../../core/errors.ts'
import { plainText } from '../../../core/plain-text.ts'
import type { Report } from '../../../rotation/report/report.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { chooseCredentials } from '../../credentials.ts'
import { exitCodeOf } from '../../exit-code.ts'
import { interruptibleClock } from '../../interruptible.ts'
import type { ExitCode, Io, Result } from '../../io.ts'
import { startProgress, type Progress } from '../../progress/progress.ts'
import { newRunId } from '../../run-id.ts'
import { styleOf } from '../../style.ts'
import { reportText } from '../../text/report-text.ts'
import { requestOf } from '../actions/request.ts'
import type { InvokeOptions } from './flags.ts'
import { isReport } from './report-reader.ts'

const DEFAULT_FUNCTION = 'live-key-rotator'

/** Has the deployed function run: waits for its report, or puts the run into its queue, or follows one that is there. */
export async function runInvoke(options: InvokeOptions, { io }: CommandContext): Promise<Result> {
  const { follow, async = false } = options
  if (follow === true && !async) throw wrongUse('--follow needs --async, or the id of a task')
  if (typeof follow === 'string' && async)
    throw wrongUse('--follow with the id of a task starts nothing: leave --async out')
  const config = configurationOf(options, io)
  const target = targetOf(options, config, io)
  // What cannot be called is told before anything is said to be under way.
  endpointOf(target)
  if (typeof follow === 'string') {
    checkTaskId(follow)
    return followed(target, follow, io)
  }
  const runId = newRunId()
  const event = eventOf(options, runId)
  if (!async) return invoked(target, event, io)
  const { taskId, requestId } = await queueInvocation({ ...target, event, taskId: runId })
  if (follow === true) return followed(target, taskId, io)
  return {
    document: { taskId, requestId, status: 'Enqueued' },
    text: `queued as task ${taskId}; to see how it ends: live-key-rotator invoke${where(options)} --follow ${taskId}`,
    exitCode: 0,
  }
}

/** The options that lead to the function again. */
function where({ function: name, service, qualifier, accountId, config }: InvokeOptions): string {
  const given = { function: name, service, qualifier, 'account-id': accountId, config }
  return Object.entries(given)
    .map(([option, value]) => (value === undefined ? '' : ` --${option} ${value}`))
    .join('')
}

async function invoked(target: FunctionTarget, event: { readonly id: string }, io: Io): Promise<Result> {
  const text = `invoking ${target.functionName} in ${target.region}, run ${event.id}`
  return shown(
    io,
    text,
    () => invokeFunction({ ...target, event }),
    ({ returned }) => {
      if (isReport(returned)) return reportResult(returned, exitCodeOf(returned), io)
      throw new RotatorError(
        'invalidAnswer',
        `function ${target.functionName} answered something that is no report: check that it is the rotator`,
      )
    },
  )
}

async function followed(target: FunctionTarget, taskId: string, io: Io): Promise<Result> {
  const follow = (progress: Progress): Promise<Invocation> => {
    const onChange = ({ status, retries }: Task): void => {
      const retry = retries === 0 ? '' : `, retry ${retries}`
      progress.say({ kind: 'note', text: `task ${taskId}: ${status}${retry}` })
    }
    return followTask({ ...target, taskId, onChange })
  }
  return shown(io, `following task ${taskId}`, follow, ({ returned, requestId }) => {
    if (isReport(returned)) return reportResult(returned, exitCodeOf(returned), io)
    // The vendor shows what a task returned on request only.
    return {
      document: { taskId, requestId, status: 'Succeeded' },
      text: `task ${taskId} succeeded; live-key-rotator status says where the keys are`,
      exitCode: 0,
    }
  })
}

/** Shows that `work` is going on, and then what the function wrote; a failure that came with a report is a result. */
async function shown(
  io: Io,
  text: string,
  work: (progress: Progress) => Promise<Invocation>,
  result: (invocation: Invocation) => Result,
): Promise<Result> {
  const progress = startProgress(io)
  progress.say({ kind: 'note', text })
  const ended = await work(progress)
    .catch((error: unknown) => {
      if (error instanceof FunctionError) return error
      throw io.interrupted.aborted ? leftAlone(error) : error
    })
    .finally(() => progress.stop())
  showLog(ended.log, io)
  if (!(ended instanceof FunctionError)) return result(ended)
  if (isReport(ended.report)) return reportResult(ended.report, 1, io)
  throw ended
}

/** Ctrl-C ends the waiting; Function Compute decides whether the run ends with it. */
function leftAlone(cause: unknown): RotatorError {
  const message =
    'stopped waiting; the function, or its next run, goes on: live-key-rotator status says where the keys are'
  return new RotatorError('deadline', message, { cause })
}

function reportResult(report: Report, exitCode: ExitCode, io: Io): Result {
  return { document: report, text: reportText(report, styleOf(io.stdout, io.env)), exitCode }
}

function showLog(log: string | null, { stderr, env }: Io): void {
  if (log === null) return
  const { color } = styleOf(stderr, env)
  const text = plainText(log).trimEnd()
  stderr.write(`${color.bold('the end of the function’s log:')}\n${color.dim(text)}\n`)
}

/** What is absent keeps the function's own default. */
function eventOf(options: InvokeOptions, runId: string): { readonly id: string } {
  const request = requestOf(options.action, { ...options, id: options.id ?? runId })
  const given = Object.entries(request).filter(([, value]) => value !== null)
  return { ...Object.fromEntries(given), id: request.id ?? runId }
}

function targetOf(options: InvokeOptions, config: RotationConfig, io: Io): FunctionTarget {
  const { fc } = config.endpoints
  // Only the server that is called decides whose credentials are needed.
  const servers = fc === null ? config : { ...config, endpoints: { live: fc, kms: fc, fc } }
  const isLocal = fc !== null && isLoopback(new URL(fc))
  return {
    functionName: options.function ?? DEFAULT_FUNCTION,
    service: options.service,
    qualifier: options.qualifier,
    region: config.region,
    accountId:
      options.accountId ??
      (io.env['FC_ACCOUNT_ID'] ||
        io.env['ALIBABA_CLOUD_ACCOUNT_ID'] ||
        (isLocal ? LOCAL_ACCOUNT_ID : undefined)),
    endpoint: fc,
    credentials: chooseCredentials(servers, io),
    clock: interruptibleClock(io.clock, io.interrupted),
  }
}

function wrongUse(message: string): RotatorError {
  return new RotatorError('usage', message)
}
