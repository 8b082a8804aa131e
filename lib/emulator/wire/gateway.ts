import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { ApiError } from './api-error.ts'
import type { CallLog } from './call-log.ts'
import type { Credential } from './credentials.ts'
import type { FaultRule, Faults } from './faults.ts'
import type { Limit, RateLimiter } from './rate-limit.ts'
import type { WireAnswer, WireRequest } from './wire.ts'

/**
 * One call that an API recognised. The gateway checks faults, credentials, rate and permission, then runs the effect.
 */
export interface Call {
  readonly product: string
  readonly action: string
  /** The parameters that fault rules match. Never printed. */
  readonly parameters: ReadonlyMap<string, string>
  readonly target: string | null
  /** null for no limit. */
  readonly limit: Limit | null
  /** The product's own form of a request id. Default: a UUID in capitals. */
  newRequestId?(): string
  /** Who calls. Throws ApiError. */
  authenticate(): Credential
  /** Throws ApiError if the caller's policies do not allow the call. */
  authorize(caller: Credential): void
  /** The effect and its answer. Throws ApiError. */
  run(caller: Credential, requestId: string): WireAnswer | Promise<WireAnswer>
  throttled(): ApiError
  refuse(error: ApiError, requestId: string): WireAnswer
}

/** Recognises the requests of one product. */
export interface Api {
  readonly name: string
  /**
   * Hosts that its SDK sends whatever the endpoint. They must be Alibaba Cloud's, where no stranger can have a page.
   */
  readonly hosts?: RegExp
  /** The call in the request; null if it is not for this product. */
  route(request: WireRequest): Call | null
}

/** The outcome of a request: an answer, or none. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: WireAnswer }
  | { readonly kind: 'reset' | 'drop' | 'hang' | 'crash' }

export type CallMoment = 'before' | 'after'
export type CallListener = (call: {
  product: string
  action: string
  target: string | null
}) => void | Promise<void>

export interface GatewayOptions {
  readonly clock: Clock
  readonly apis: readonly Api[]
  readonly faults: Faults
  readonly limiter: RateLimiter
  readonly calls: CallLog
  readonly latencyMs: () => number
  /** Waits without counting as busy. */
  readonly hold: (ms: number) => Promise<void>
  /** Brings the world up to date before each call. */
  readonly before: () => void
}

/** The path of every call through the emulator. */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #listeners: Record<CallMoment, CallListener[]> = { before: [], after: [] }

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  /** Awaits the listener right before or after the effect of every call, so that tests can interfere. */
  on(moment: CallMoment, listener: CallListener): () => void {
    this.#listeners[moment].push(listener)
    return () => {
      this.#listeners[moment] = this.#listeners[moment].filter((other) => other !== listener)
    }
  }

  async handle(request: WireRequest): Promise<Outcome> {
    const call = this.#route(request)
    const { latencyMs, fault } = this.#options.faults.take(call.action, call.parameters)
    const latency = latencyMs + this.#options.latencyMs()
    if (latency > 0) await this.#options.hold(latency)
    const early = fault === null ? null : earlyOutcome(fault)
    if (early !== null) {
      this.#log(call, null, early.kind === 'answer' ? early.answer.status : null, null, fault)
      return early
    }
    await this.#tell('before', call)
    const requestId = call.newRequestId?.() ?? randomUUID().toUpperCase()
    let caller: Credential | null = null
    let answer: WireAnswer
    let code: string | null = null
    try {
      caller = call.authenticate()
      if (fault?.kind === 'throttle') throw call.throttled()
      if (fault?.kind === 'error') throw injectedError(fault)
      if (!this.#admits(call, caller)) throw call.throttled()
      call.authorize(caller)
      this.#options.before()
      answer = await call.run(caller, requestId)
    } catch (error) {
      const refusal = error instanceof ApiError ? error : internalError(error)
      code = refusal.code
      answer = call.refuse(refusal, requestId)
    }
    this.#log(call, caller, answer.status, code, fault)
    await this.#tell('after', call)
    return lateOutcome(fault) ?? { kind: 'answer', answer }
  }

  #route(request: WireRequest): Call {
    for (const api of this.#options.apis) {
      const call = api.route(request)
      if (call !== null) return call
    }
    throw new TypeError('the last API must take every request')
  }

  #admits(call: Call, caller: Credential): boolean {
    if (call.limit === null) return true
    return this.#options.limiter.admit(caller.accountId, call.limit, this.#options.clock.tick())
  }

  async #tell(moment: CallMoment, call: Call): Promise<void> {
    for (const listener of this.#listeners[moment]) await listener(call)
  }

  #log(
    call: Call,
    caller: Credential | null,
    status: number | null,
    code: string | null,
    fault: FaultRule | null,
  ) {
    const { clock, calls } = this.#options
    calls.add({
      at: clock.now(),
      tick: clock.tick(),
      product: call.product,
      action: call.action,
      target: call.target,
      accountId: caller?.accountId ?? null,
      status,
      code,
      throttled: code !== null && code.includes('Throttling'),
      fault: fault?.kind ?? null,
    })
  }
}

/** Faults that keep the call from having any effect. */
function earlyOutcome({ kind, status }: FaultRule): Outcome | null {
  if (kind === 'html') {
    const body = '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n'
    return {
      kind: 'answer',
      answer: { status: status ?? 502, headers: { 'content-type': 'text/html' }, body },
    }
  }
  if (kind === 'empty') return { kind: 'answer', answer: { status: status ?? 200, headers: {}, body: '' } }
  if (kind === 'reset' || kind === 'drop' || kind === 'hang' || kind === 'crash') return { kind }
  return null
}

/** Faults that withhold only the answer. */
function lateOutcome(fault: FaultRule | null): Outcome | null {
  if (fault?.kind === 'dropAfter') return { kind: 'drop' }
  if (fault?.kind === 'hangAfter') return { kind: 'hang' }
  return fault?.kind === 'crashAfter' ? { kind: 'crash' } : null
}

function injectedError({ status, code, message }: FaultRule): ApiError {
  return new ApiError(
    status ?? 500,
    code ?? 'InternalError',
    message ?? 'The request processing has failed due to some unknown error.',
  )
}

/** A bug of the emulator: its text is not sent, as it may quote the request. */
function internalError(error: unknown): ApiError {
  const where = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 3).join(' ').trim() : ''
  return new ApiError(500, 'InternalError', `The local cloud failed ${where}`)
}
