import type { Clock } from '../../core/clock.ts'
import { AsyncTask, type TaskStatus } from './async-task.ts'
import type { DeployedFunction, Invocation } from './deployed-function.ts'
import { destinationMessage, type Destinations } from './destination.ts'
import { taskCompleted, taskExists, taskNotFound } from './errors.ts'

/** The waits of an asynchronous invocation, in milliseconds. */
export interface AsyncPace {
  /** After the first refusal for concurrency; doubled after each. Default 500, as documented. */
  readonly backoffMs: number
  /** Before a failed run is retried; undocumented. Default 1,000. */
  readonly retryMs: number
}

/** The longest wait for an instance, as documented. */
const GIVES_UP_AFTER_MS = 5 * 3_600_000

/** The asynchronous invocations of one function in task mode, each waiting for a free instance. */
export class AsyncQueue {
  readonly #function: DeployedFunction
  readonly #clock: Clock
  readonly #pace: AsyncPace
  readonly #destinations: Destinations
  readonly #tasks = new Map<string, AsyncTask>()
  readonly #work = new Set<Promise<void>>()

  constructor(fn: DeployedFunction, clock: Clock, pace: AsyncPace, destinations: Destinations) {
    this.#function = fn
    this.#clock = clock
    this.#pace = pace
    this.#destinations = destinations
  }

  /** @throws ApiError for an id that was used before. */
  submit(id: string, requestId: string, qualifier: string, payload: Buffer): AsyncTask {
    if (this.#tasks.has(id)) throw taskExists(id)
    const task = new AsyncTask({ id, requestId, qualifier, payload, queuedAt: this.#clock.now() })
    this.#tasks.set(id, task)
    const work = this.#process(task).finally(() => this.#work.delete(work))
    this.#work.add(work)
    return task
  }

  /** @throws ApiError */
  get(id: string): AsyncTask {
    const task = this.#tasks.get(id)
    if (task === undefined) throw taskNotFound(id)
    return task
  }

  /** Newest first. */
  list(): AsyncTask[] {
    return [...this.#tasks.values()].reverse()
  }

  /** @throws ApiError for a task that has ended. */
  stop(id: string): void {
    const task = this.get(id)
    if (task.ended) throw taskCompleted(id)
    this.#become(task, 'Stopping')
    task.stop.abort()
  }

  /** Resolves once no task is under way. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work)
  }

  async close(): Promise<void> {
    for (const task of this.#tasks.values()) task.stop.abort()
    await this.idle()
  }

  async #process(task: AsyncTask): Promise<void> {
    const { maxAsyncRetryAttempts } = this.#function.config.asyncInvokeConfig
    for (;;) {
      const invocation = await this.#run(task)
      if (task.stop.signal.aborted) return this.#end(task, 'Stopped', 'Stopped')
      if (invocation === null) return this.#end(task, 'Expired', 'EventAgeExceeded')
      const text = invocation.body.toString('utf8')
      if (invocation.errorType === null) {
        task.returned = text
        return this.#end(task, 'Succeeded', '')
      }
      task.errorMessage = text
      if (task.attempts > maxAsyncRetryAttempts) return this.#end(task, 'Failed', invocation.errorType)
      this.#become(task, 'Retrying', invocation.errorType)
      await this.#sleep(this.#pace.retryMs, task)
    }
  }

  /** One run, as soon as there is an instance; null if the task became too old before that or was stopped. */
  async #run(task: AsyncTask): Promise<Invocation | null> {
    const { maxAsyncEventAgeInSeconds } = this.#function.config.asyncInvokeConfig
    const oldest = task.queuedAt + Math.min(maxAsyncEventAgeInSeconds * 1000, GIVES_UP_AFTER_MS)
    const { requestId, qualifier, payload: event, attempts } = task
    for (let wait = this.#pace.backoffMs; ; wait *= 2) {
      if (task.stop.signal.aborted || this.#clock.now() > oldest) return null
      const request = { requestId, qualifier, event, retryCount: attempts }
      const running = this.#function.invoke(request, task.stop.signal)
      if (running !== null) {
        task.attempts++
        this.#become(task, 'Running')
        const invocation = await running
        task.instanceId = invocation.instanceId
        task.durationMs = Math.round(invocation.durationMs)
        return invocation
      }
      await this.#sleep(wait, task)
    }
  }

  async #end(task: AsyncTask, status: TaskStatus, condition: string): Promise<void> {
    this.#become(task, status, condition)
    if (status === 'Stopped') return
    const { onSuccess, onFailure } = this.#function.config.asyncInvokeConfig.destinationConfig
    const destination = (status === 'Succeeded' ? onSuccess : onFailure)?.destination
    if (destination === undefined) return
    const message = destinationMessage(task, this.#function.arn, condition)
    await this.#destinations.deliver({ destination, message })
  }

  #become(task: AsyncTask, status: TaskStatus, detail = ''): void {
    task.become(status, this.#clock.now(), detail)
  }

  /** Ends early if the task is stopped. */
  async #sleep(ms: number, task: AsyncTask): Promise<void> {
    await this.#clock.sleep(ms, task.stop.signal).catch(() => undefined)
  }
}
