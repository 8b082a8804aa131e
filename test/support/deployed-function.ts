import { invoke, type Dependencies } from '../../lib/app/invocation.ts'
import type { Credentials } from '../../lib/alibaba/transport/credentials.ts'
import type { Random } from '../../lib/core/clock.ts'
import type { RotationConfig } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { notify, type NoticeMemory } from '../../lib/notify/notify.ts'
import type { Send } from '../../lib/notify/send.ts'
import { storeReceipts } from '../../lib/receipts/store-receipts.ts'
import type { GroupReport, Report } from '../../lib/rotation/report/report.ts'
import type { TestClock } from './clock.ts'
import { MINUTE } from './model-cloud.ts'
import type { Delivery } from './timers.ts'

/** As in s.yaml. */
export const TIMEOUT_S = 600
export const RETRIES = 2

export interface DeployedFunctionOptions {
  readonly clock: TestClock
  readonly random: Random
  readonly config: () => RotationConfig
  readonly probe: Dependencies['probe']
  readonly connect: Dependencies['connect']
  /** Those of the function's role. */
  readonly credentials: Credentials
  /** The webhooks. */
  readonly send: Send
}

/** The part of a group's report that is kept: a year of whole reports would fill the memory. */
export interface GroupInShort extends Pick<GroupReport, 'outcome' | 'kid' | 'findings'> {
  /** How many domains were set. */
  readonly set: number
}

/**
 * The rotator under its timers, one call at a time, as `reservedConcurrency: 1` has it. A call that throws is made again,
 * twice at most, with the same event and request id; every now and then the instance is a new one.
 */
export class DeployedFunction {
  readonly groups: GroupInShort[] = []
  /** What was thrown, including by retries. */
  readonly errors: RotatorError[] = []
  readonly #options: DeployedFunctionOptions
  #memory: NoticeMemory = new Map()
  #calls = 0

  constructor(options: DeployedFunctionOptions) {
    this.#options = options
  }

  /** Handles the calls as they come. `during` runs alongside every call of `rotate`, until it is aborted. */
  async serve(
    deliveries: readonly Delivery[],
    during: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const { clock } = this.#options
    for (const { at, trigger, event } of deliveries) {
      // Calls that came while another one was running wait in the queue.
      await clock.sleep(Math.max(0, at - clock.now()))
      if (trigger === 'rotate') await this.#callBeside(event, during)
      else await this.#call(event)
    }
  }

  async #callBeside(event: Buffer, during: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const done = new AbortController()
    const beside = during(done.signal)
    await this.#call(event)
    done.abort()
    await beside
  }

  async #call(event: Buffer): Promise<void> {
    const { clock, random } = this.#options
    const requestId = `request-${++this.#calls}`
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      if (random() < 0.1) this.#memory = new Map()
      try {
        const { groups } = await this.#invoke(event, requestId)
        this.groups.push(...groups.map(inShort))
        return
      } catch (error) {
        if (!(error instanceof RotatorError)) throw error
        this.errors.push(error)
        await clock.sleep(MINUTE)
      }
    }
  }

  #invoke(event: Buffer, requestId: string): Promise<Report> {
    const { clock, random, config, credentials, probe, connect, send } = this.#options
    const context = { requestId, credentials, function: { timeout: TIMEOUT_S } }
    return invoke(event, context, {
      configuration: config,
      clock,
      random,
      probe,
      connect,
      notify: (options) => notify({ ...options, send, memory: this.#memory }),
      storeReceipts,
      write: () => undefined,
      env: { LOG_LEVEL: 'error' },
    })
  }
}

function inShort({ outcome, kid, findings, domains: { set } }: GroupReport): GroupInShort {
  return { outcome, kid, ...(findings && { findings }), set }
}
