import { callbackUrls } from '../../../../alibaba/live/callback-urls.ts'
import type { Credentials } from '../../../../alibaba/transport/credentials.ts'
import { plainCall, type PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import type { RotationConfig } from '../../../../config/types.ts'
import type { Clock } from '../../../../core/clock.ts'
import type { Assumptions } from '../../../../emulator/assumptions.ts'

/** What was measured of one question. */
export interface Measured {
  /** In words. */
  readonly question: string
  readonly answer: string
  /** The same, as the emulator takes it; nothing for what it has no switch for, or what could not be measured. */
  readonly assumptions: Partial<Assumptions>
}

/** A question that could not be answered, and why. */
export function unanswered(question: string, why: string): Measured {
  return { question, answer: `not measured: ${why}`, assumptions: {} }
}

/** Between two looks for what was changed, in milliseconds; a delay is told in multiples of it. */
const LOOK_MS = 100
/** How long a change is waited for. */
export const LONGEST_LOOK_MS = 120_000
/** KMS allows 40 calls a second, Live 30: a measurement stays far below. */
const PACE_MS = 50

/** What the measurements are made with: calls of Live, KMS and nothing else, one at a time. */
export class Laboratory {
  readonly domain: string
  readonly secret: string
  readonly config: RotationConfig
  readonly clock: Clock
  readonly #credentials: Credentials

  constructor(options: {
    readonly domain: string
    readonly secret: string
    readonly config: RotationConfig
    readonly clock: Clock
    readonly credentials: Credentials
  }) {
    this.domain = options.domain
    this.secret = options.secret
    this.config = options.config
    this.clock = options.clock
    this.#credentials = options.credentials
  }

  /** A call of Live about the domain that is given up. */
  live(action: string, params: Readonly<Record<string, string>> = {}): Promise<PlainAnswer> {
    return this.call('live', action, { DomainName: this.domain, ...params })
  }

  /** A call of KMS about the secret that is given up. */
  kms(action: string, params: Readonly<Record<string, string>> = {}): Promise<PlainAnswer> {
    return this.call('kms', action, { SecretName: this.secret, ...params })
  }

  /** Of the domain's snapshot templates. */
  callbackUrls(): Promise<string[]> {
    return callbackUrls(this.domain, this.config.endpoints.live, this.#credentials)
  }

  async call(
    product: 'live' | 'kms',
    action: string,
    params: Readonly<Record<string, string>>,
    other: { readonly credentials?: Credentials; readonly signedOffMs?: number } = {},
  ): Promise<PlainAnswer> {
    await this.clock.sleep(PACE_MS)
    const { live, kms } = this.config.endpoints
    const endpoint = product === 'live' ? live : kms
    const subject = product === 'live' ? `domain ${this.domain}` : `secret ${this.secret}`
    return plainCall({ product, endpoint, action, params, credentials: this.#credentials, ...other }, subject)
  }

  /**
   * How long it takes until `shows` holds, in milliseconds from now on, in multiples of {@link LOOK_MS}; null where it
   * does not come to hold.
   */
  async delayUntil(shows: () => Promise<boolean>): Promise<number | null> {
    const from = this.clock.now()
    for (;;) {
      const asked = this.clock.now()
      if (await shows()) return Math.floor((asked - from) / LOOK_MS) * LOOK_MS
      if (asked - from > LONGEST_LOOK_MS) return null
      await this.clock.sleep(Math.max(0, LOOK_MS - PACE_MS))
    }
  }
}

/** A refusal, in words. */
export function inWords({ status, code }: PlainAnswer): string {
  return code === null ? 'succeeds' : `${status} ${code}`
}
