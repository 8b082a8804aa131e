import { FunctionError } from '../../../alibaba/fc/invoke-failure.ts'
import { checkKnownTaskId, endpointOf, type FunctionTarget } from '../../../alibaba/fc/invoke-target.ts'
import { followTask } from '../../../alibaba/fc/invoke-task.ts'
import { invokeFunction, queueInvocation, type Invocation } from '../../../alibaba/fc/invoke.ts'
import { configDigest, differences } from '../../../config/digest.ts'
import type { RotationConfig } from '../../../config/types.ts'
import { hasCode, RotatorError } from '../../../core/errors.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import type { Io, Result } from '../../io.ts'
import { commandLine, given, type Asked } from '../../next/asked.ts'
import { CommandError, withNext } from '../../next/command-error.ts'
import { startProgress, type Progress } from '../../progress/progress.ts'
import { newRunId } from '../../run-id.ts'
import { languageOf, type Language } from '../../../core/language.ts'
import { plainText } from '../../../core/plain-text.ts'
import { styleOf } from '../../style.ts'
import { nextLine } from '../../text/next-line.ts'
import { wrapText } from '../../text/wrap.ts'
import { reportResult } from '../../text/report-result.ts'
import { requestFlags } from '../actions/request.ts'
import type { InvokeOptions } from './flags.ts'
import { readReport } from './report-reader.ts'
import { eventOf, placeOf, targetOf } from './target.ts'
import { invokeErrors, invokeWords, type InvokeWords } from './text.ts'
import { watchKeysets } from './watch.ts'

/** Invokes the deployed function: waits for its report, queues the run, or follows a queued one. */
export async function runInvoke(options: InvokeOptions, context: CommandContext): Promise<Result> {
  const { follow, async = false } = options
  if (follow === true && !async) throw wrongUse('--follow needs --async or a task id')
  if (typeof follow === 'string' && async)
    throw wrongUse('--follow with a task id starts nothing: leave --async out')
  const config = configurationOf(options, context.io)
  const target = targetOf(options, config, context.io)
  // Wrong targets fail before anything is announced.
  checkTarget(target)
  if (typeof follow === 'string') checkKnownTaskId(follow)
  return new InvokeRun(options, config, target, context).run()
}

/** One invocation of the command. */
class InvokeRun {
  readonly #options: InvokeOptions
  readonly #config: RotationConfig
  readonly #target: FunctionTarget
  readonly #context: CommandContext
  readonly #io: Io
  readonly #language: Language
  readonly #words: InvokeWords
  /** The options that lead to the same function and configuration. */
  readonly #place: readonly string[]
  /** Undefined for a task queued earlier. */
  #runId: string | undefined

  constructor(
    options: InvokeOptions,
    config: RotationConfig,
    target: FunctionTarget,
    context: CommandContext,
  ) {
    this.#options = options
    this.#config = config
    this.#target = target
    this.#context = context
    this.#io = context.io
    this.#language = languageOf(this.#io.env)
    this.#words = invokeWords[this.#language]
    this.#place = [...placeOf(options), ...given({ config: options.config })]
  }

  async run(): Promise<Result> {
    const { follow } = this.#options
    if (typeof follow === 'string') return this.#follow(follow)
    try {
      return await this.#start()
    } catch (error) {
      throw this.#instead(error)
    }
  }

  async #start(): Promise<Result> {
    const { follow, async = false } = this.#options
    const runId = newRunId()
    const event = eventOf(this.#options, runId)
    this.#runId = event.id
    if (!async) return this.#invoke(event)
    const { taskId, requestId } = await this.#queue(event, runId)
    if (follow === true) return this.#follow(taskId, this.#words.queued(taskId))
    const next = commandLine(['invoke', ...this.#place, '--follow', taskId])
    return {
      document: { taskId, requestId, status: 'Enqueued' },
      text: `${this.#words.queued(taskId)}\n${nextLine(next, this.#language)}`,
      exitCode: 0,
    }
  }

  /** Something is seen before the first answer comes. */
  async #queue(event: { readonly id: string }, taskId: string): ReturnType<typeof queueInvocation> {
    const progress = startProgress(this.#io)
    progress.say({ kind: 'note', text: this.#words.queueing(this.#target, taskId) })
    try {
      return await queueInvocation({ ...this.#target, event, taskId })
    } finally {
      progress.stop()
    }
  }

  async #invoke(event: { readonly id: string }): Promise<Result> {
    const { returned } = await this.#shown(this.#words.invoking(this.#target, event.id), () =>
      invokeFunction({ ...this.#target, event }),
    )
    const result = this.#resultOf(returned)
    if (result !== null) return result
    throw withNext(new RotatorError('invalidAnswer', invokeErrors.noReport(this.#target)), [
      'doctor',
      '--function',
      this.#target.functionName,
    ])
  }

  async #follow(taskId: string, text = this.#words.following(taskId)): Promise<Result> {
    const { returned, requestId } = await this.#shown(text, (progress) =>
      followTask({
        ...this.#target,
        taskId,
        onChange: ({ status, retries }) =>
          progress.say({ kind: 'note', text: this.#words.status(taskId, status, retries) }),
      }),
    )
    // Alibaba Cloud shows a task's return value only to accounts that asked for it.
    return (
      this.#resultOf(returned) ?? {
        document: { taskId, requestId, status: 'Succeeded' },
        text: `${this.#words.succeeded(taskId)}\n${nextLine(commandLine(['status', ...given({ config: this.#options.config })]), this.#language)}`,
        exitCode: 0,
      }
    )
  }

  /**
   * Shows that `work` is under way and what happens to the keysets meanwhile, then the function's log. A failure with a
   * report is not a failure of the command.
   */
  async #shown(
    text: string,
    work: (progress: Progress) => Promise<Invocation>,
  ): Promise<{ readonly returned: unknown; readonly requestId: string }> {
    const { clock, interrupted } = this.#io
    const progress = startProgress(this.#io)
    progress.say({ kind: 'note', text })
    const startedAt = clock.now()
    progress.ticker(() => this.#words.atWork(clock.now() - startedAt))
    const over = new AbortController()
    void watchKeysets({
      context: this.#context,
      config: this.#config,
      group: this.#options.group,
      runId: this.#runId ?? '',
      progress,
      ended: over.signal,
    })
    try {
      const { returned, requestId, log } = await work(progress)
      progress.stop()
      this.#showLog(log)
      return { returned, requestId }
    } catch (error) {
      progress.stop()
      if (!(error instanceof FunctionError)) throw interrupted.aborted ? this.#leftAlone(error) : error
      this.#showLog(error.log)
      if (readReport(error.report) === null) throw error
      return { returned: error.report, requestId: error.requestId }
    } finally {
      over.abort(new RotatorError('deadline', 'the function has ended'))
      progress.stop()
    }
  }

  /** null for anything but a report. */
  #resultOf(returned: unknown): Result | null {
    const report = readReport(returned)
    if (report === null) return null
    if (report.configuration !== undefined) {
      const parts = differences(report.configuration, configDigest(this.#config))
      if (parts.length > 0) this.#note(this.#words.differs(parts))
    }
    const { action, group, emergency, id, config } = this.#options
    const asked: Asked = {
      action: report.action === 'status' ? 'status' : action,
      group,
      emergency,
      id,
      flags: requestFlags({ ...this.#options, group: undefined }),
      place: given({ config }),
      invoked: placeOf(this.#options),
      groups: this.#config.groups,
    }
    return reportResult(report, asked, this.#io)
  }

  #note(text: string): void {
    const progress = startProgress(this.#io)
    progress.say({ kind: 'note', text })
    progress.stop()
  }

  #showLog(log: string | null): void {
    if (log === null) return
    const { color, width } = styleOf(this.#io.stderr, this.#io.env)
    const lines = wrapText(plainText(log).trimEnd(), width)
    this.#io.stderr.write(`${color.bold(this.#words.log)}\n${color.dim(lines)}\n`)
  }

  /** With the command to type instead: an emergency waits neither for another run nor until the function is repaired. */
  #instead(error: unknown): unknown {
    if (!(error instanceof RotatorError) || error instanceof CommandError) return error
    if (hasCode(error, 'badCredentials')) return error
    const { emergency, config, async = false } = this.#options
    const flags = requestFlags(this.#options)
    const isBusy = hasCode(error, 'throttled') && !async
    if (emergency === true) {
      const told = isBusy
        ? new RotatorError('throttled', invokeErrors.busy(this.#target), { retryable: true, cause: error })
        : error
      return withNext(told, ['rotate', ...flags, ...given({ config })])
    }
    return isBusy ? withNext(error, ['invoke', ...flags, ...this.#place, '--async', '--follow']) : error
  }

  /** Ctrl-C stops waiting; Function Compute decides whether the run stops too. */
  #leftAlone(cause: unknown): RotatorError {
    return withNext(new RotatorError('deadline', invokeErrors.leftAlone, { cause }), [
      'status',
      ...given({ config: this.#options.config }),
    ])
  }
}

/** @throws CommandError if the named function cannot be reached. */
function checkTarget(target: FunctionTarget): void {
  try {
    endpointOf(target)
  } catch (error) {
    throw hasCode(error, 'config', 'usage') ? withNext(error, ['invoke', '--help']) : error
  }
}

function wrongUse(message: string): RotatorError {
  return new RotatorError('usage', message)
}
