import type { Clock, Random } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import type { Fence, Pass } from '../../rotation/ports.ts'
import { retry } from '../../throttle/retry.ts'
import type { Limiter } from '../../throttle/limiter.ts'
import type { Credentials, CredentialSource } from './credentials.ts'
import { checkedLast, NotSent } from './last-check.ts'
import type { UsageCounter } from './usage.ts'

/** A log line about a call that is retried. */
export type CallLog = (event: {
  readonly level: 'debug'
  readonly event: 'call.retry'
  readonly group: string
  readonly api: string
  readonly attempt: number
  readonly code: string
  readonly message: string
}) => void

export interface PacedCall<T> {
  readonly api: string
  readonly limiter: Limiter
  /** A rate other than the limiter's own. */
  readonly rate?: number | undefined
  readonly deadline?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called right before every attempt; an error from it ends the call. */
  readonly fence?: Fence | undefined
  /** Which errors to retry. Default: those marked `retryable`. */
  readonly shouldRetry?: (error: RotatorError) => boolean
  /** One attempt. Throws RotatorErrors only. */
  readonly send: (credentials: Credentials) => Promise<T>
}

export interface CallerOptions {
  readonly group: string
  readonly credentials: CredentialSource
  readonly usage: UsageCounter
  readonly clock: Clock
  readonly random: Random
  readonly backoff: { readonly attempts: number; readonly baseMs: number; readonly capMs: number }
  readonly log?: CallLog | undefined
}

/** Makes one group's calls: paced per account, counted per group, retried if that can help. */
export class Caller {
  readonly #options: CallerOptions

  constructor(options: CallerOptions) {
    this.#options = options
  }

  async call<T>(request: PacedCall<T>): Promise<T> {
    const { clock, random, backoff } = this.#options
    const { deadline = Infinity, shouldRetry = ({ retryable }: RotatorError) => retryable } = request
    let fenced = false
    const asked = request.fence
    const fence =
      asked &&
      (async (): Promise<Pass> => {
        fenced = true
        const pass = await asked()
        fenced = false
        return pass
      })
    return retry((attempt) => this.#attempt({ ...request, fence }, attempt), {
      ...backoff,
      clock,
      random,
      deadline,
      ...(request.signal && { signal: request.signal }),
      shouldRetry: (error) =>
        !fenced &&
        request.signal?.aborted !== true &&
        error instanceof RotatorError &&
        (error instanceof NotSent || shouldRetry(error)),
    })
  }

  async #attempt<T>(request: PacedCall<T>, attempt: number, renewed = false): Promise<T> {
    const { api, limiter, rate, deadline, signal, fence, send } = request
    const { credentials: source, usage } = this.#options
    const credentials = await source.get()
    const permit = await limiter.acquire({
      ...(rate !== undefined && { rate }),
      ...(deadline !== undefined && { deadline }),
      ...(signal && { signal }),
    })
    try {
      const pass = await fence?.()
      if (deadline !== undefined && this.#options.clock.now() > deadline) {
        throw new RotatorError('deadline', `the run's time ended before ${api} could be called`)
      }
      usage.called(api)
      try {
        return await (pass ? checkedLast(pass, api, () => send(credentials)) : send(credentials))
      } catch (error) {
        if (!(error instanceof RotatorError)) throw error
        this.#note(error, request, attempt)
        if (renewed || !isExpired(error) || (await source.renew(credentials)) === credentials) throw error
      }
    } finally {
      permit.done()
    }
    return this.#attempt(request, attempt, true)
  }

  /** Records the server's answer to a call. */
  #note(error: RotatorError, { api, limiter }: PacedCall<unknown>, attempt: number): void {
    const { usage, group, log } = this.#options
    const { code, message } = error
    if (code === 'throttled') {
      usage.throttled()
      limiter.slowDown(error.retryAfterMs)
    }
    if (error.retryable) log?.({ level: 'debug', event: 'call.retry', group, api, attempt, code, message })
  }
}

/** A temporary token expired: the only refusal of credentials that renewing them can fix. */
function isExpired({ vendorCode }: RotatorError): boolean {
  return vendorCode?.startsWith('InvalidSecurityToken.Expired') ?? false
}
