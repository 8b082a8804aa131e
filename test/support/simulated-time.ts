import type { GroupConfig } from '../../lib/config/types.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { SendAnswer } from '../../lib/notify/send.ts'
import { TestClock } from './clock.ts'
import { DeployedFunction } from './deployed-function.ts'
import { ModelCallbacks } from './model-callbacks.ts'
import { DAY, HOUR, MINUTE, ModelCloud, rotationConfig } from './model-cloud.ts'
import { seeded } from './seeded.ts'
import { timerDeliveries } from './timers.ts'

type Range = readonly [least: number, most: number]

/** How long the pushes of an encoder last and how long after one the next comes, in milliseconds. */
interface Encoder {
  readonly name: string
  readonly lasts: Range
  readonly rests: Range
}

const ENCODERS: readonly Encoder[] = [
  { name: 'show', lasts: [30 * MINUTE, 5 * HOUR], rests: [MINUTE, 12 * HOUR] },
  { name: 'channel', lasts: [20 * DAY, 150 * DAY], rests: [1_000, MINUTE] },
]

/**
 * Months of the function's life on the model cloud: its timers, and on every domain one stream that never ends, one of
 * months and one of hours, whose callbacks reach a receiver at moments that nobody chose, and all through each rotation.
 */
export class SimulatedTime {
  readonly clock: TestClock
  readonly cloud: ModelCloud
  readonly callbacks: ModelCallbacks
  readonly function: DeployedFunction
  /** What the webhook accepted. */
  readonly notified: string[] = []
  webhookIsDown = false
  readonly #random = seeded(20_260_101)

  constructor(from: number, group: GroupConfig) {
    this.clock = new TestClock(from)
    this.cloud = new ModelCloud(this.clock)
    this.callbacks = new ModelCallbacks(this.cloud)
    const byHand = Key.of('set-by-hand-in-the-console-in-2024')
    for (const domain of this.cloud.domains.values()) domain.key = byHand
    this.function = new DeployedFunction({
      clock: this.clock,
      random: this.#random,
      config: () => ({
        ...rotationConfig(group),
        notify: [{ url: 'https://hooks.example.com/robot', format: 'json' }],
      }),
      credentials: { accessKeyId: 'any', accessKeySecret: 'any' },
      probe: () => Promise.resolve({ accepted: true, detail: 'it answered 204' }),
      connect: () => this.cloud.process().environment(),
      send: (_, body) => Promise.resolve(this.#receive(body as Told)),
    })
  }

  /** @param beside - What happens meanwhile; it must end before. */
  async runUntil(until: number, beside: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const { clock, cloud } = this
    for (const domain of cloud.domains.keys()) {
      cloud.push(domain, 'endless')
      for (const encoder of ENCODERS) void this.#encode(domain, encoder)
    }
    void this.#sendNowAndThen()
    const options = { from: clock.now(), until, every: 10 * MINUTE, random: this.#random }
    const served = this.function.serve(timerDeliveries(options), async (signal) => {
      while (!signal.aborted) {
        await this.callbacks.round()
        await clock.sleep(this.#between([0, 5_000]))
      }
    })
    await clock.run(Promise.all([served, beside()]))
  }

  async #encode(domain: string, { name, lasts, rests }: Encoder): Promise<void> {
    for (;;) {
      this.cloud.push(domain, name)
      await this.clock.sleep(this.#between(lasts))
      this.cloud.stop(domain, name)
      await this.clock.sleep(this.#between(rests))
    }
  }

  async #sendNowAndThen(): Promise<void> {
    for (;;) {
      await this.clock.sleep(this.#between([0, 4 * HOUR]))
      // Nobody verifies before the first tick has written the keyset.
      if (this.cloud.keyset) await this.callbacks.round()
    }
  }

  #receive({ cause, subject }: Told): SendAnswer {
    if (this.webhookIsDown) return { accepted: false, detail: 'it answered 503', retryable: true }
    this.notified.push(subject === null ? cause : `${cause} ${subject}`)
    return { accepted: true, detail: 'it accepted', retryable: false }
  }

  #between([least, most]: Range): number {
    return least + this.#random() * (most - least)
  }
}

interface Told {
  readonly cause: string
  readonly subject: string | null
}
