import type { Clock } from '../../core/clock.ts'
import type { Emulator } from '../../emulator/index.ts'
import { Key } from '../../keyset/key.ts'

const PAUSE_MS = 200

export interface ForgerOptions {
  readonly cloud: Emulator
  readonly clock: Clock
  readonly urls: readonly string[]
  /** Keys that have leaked, if any. */
  readonly leaked: readonly Key[]
}

/**
 * An attacker who forges callbacks: some signed with a key that was never published, some with leaked keys. Those
 * accepted under a leaked key before it is cut off are expected; after that, none may pass.
 */
export class Forger {
  sent = 0
  accepted = 0
  /** Wall-clock milliseconds at which a callback under a leaked key was last sent and accepted. */
  lastLeakedAccepted: number | undefined
  /** From now on, no receiver may trust a leaked key. */
  cutOffAt = Infinity
  readonly #options: ForgerOptions
  readonly #stopping = new AbortController()
  #work: Promise<void> = Promise.resolve()

  constructor(options: ForgerOptions) {
    this.#options = options
  }

  start(): void {
    this.#work = this.#forge()
  }

  /** Resolves when the last forged callback is answered. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#work
  }

  async #forge(): Promise<void> {
    const { clock, urls, leaked } = this.#options
    const { signal } = this.#stopping
    const never = Key.generate()
    for (let turn = 0; !signal.aborted; turn++) {
      const url = urls[turn % urls.length] ?? ''
      const leakedKey = leaked[turn % leaked.length]
      await Promise.all([
        this.#unknown(url, never),
        ...(leakedKey === undefined ? [] : [this.#leaked(url, leakedKey)]),
      ])
      await clock.sleep(PAUSE_MS, signal).catch(() => undefined)
    }
  }

  async #unknown(url: string, key: Key): Promise<void> {
    const { sent, accepted } = await this.#options.cloud.callbacks.forge(url, key)
    this.sent += sent
    this.accepted += accepted
  }

  async #leaked(url: string, key: Key): Promise<void> {
    const at = this.#options.clock.now()
    const { sent, accepted } = await this.#options.cloud.callbacks.forge(url, key)
    if (accepted > 0) this.lastLeakedAccepted = at
    if (at < this.cutOffAt) return
    this.sent += sent
    this.accepted += accepted
  }
}
