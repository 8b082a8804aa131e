import { callbackUrls } from '../../../../alibaba/live/callback-urls.ts'
import type { Credentials } from '../../../../alibaba/transport/credentials.ts'
import { plainCall, type PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import type { RotationConfig } from '../../../../config/types.ts'
import type { Clock } from '../../../../core/clock.ts'
import type { Assumptions } from '../../../../emulator/assumptions.ts'
import { inBoth, say, type Said } from '../../../words/said.ts'
import type { Listener } from './listener.ts'
import { fieldsOf } from '../../../../core/objects.ts'

/** The measured answer to one question. */
export interface Measured {
  readonly question: Said
  readonly answer: Said
  /** The same as the emulator's assumptions; empty if it has no switch for it, or it could not be measured. */
  readonly assumptions: Partial<Assumptions>
}

export function answered(question: Said, answer: Said, assumptions: Partial<Assumptions> = {}): Measured {
  return { question, answer, assumptions }
}

/** What a call's answer shows; nothing about the cloud if RAM denied the call. */
export function answeredBy(
  question: Said,
  answer: PlainAnswer,
  assumptions: Partial<Assumptions> = {},
  words: Said = inWords(answer),
): Measured {
  if (answer.status !== 403 || !/^(Forbidden|NoPermission)/.test(answer.code ?? '')) {
    return answered(question, words, assumptions)
  }
  const action = deniedAction(answer) ?? ''
  return unanswered(question, say(`RAM denies it: allow ${action}`, `没有 RAM 权限：请授予 ${action}`))
}

/** The RAM action that a denial names. */
export function deniedAction({ body }: PlainAnswer): string | null {
  const { AuthAction: action } = fieldsOf(body['AccessDeniedDetail'])
  return typeof action === 'string' ? action : null
}

/** A question that could not be answered, and why. */
export function unanswered(question: Said, why: Said): Measured {
  return answered(question, say(`not measured: ${why.en}`, `未测量：${why.zh}`))
}

/** A question that costs or needs something, and what to add to get it answered. */
export function unasked(question: Said, flags: string): Measured {
  return unanswered(question, say(`add ${flags}`, `请加上 ${flags}`))
}

/** The interval of looks for a change, in milliseconds; delays are multiples of it. */
const LOOK_MS = 100
/** How long to wait for a change. */
const LONGEST_LOOK_MS = 120_000
/** KMS allows 40 calls a second, Live 30: a measurement stays far below. */
const PACE_MS = 50

type Product = 'live' | 'kms' | 'sts'

export interface LaboratoryOptions {
  readonly domain: string
  readonly secret: string
  /** The ARN of a role that may be assumed; null for none. */
  readonly role: string | null
  /** Whether the account's rate of one operation may be used up for some seconds. */
  readonly mayBurst: boolean
  /** Where callbacks arrive; null for nowhere. */
  readonly listener: Listener | null
  readonly config: RotationConfig
  readonly stsEndpoint: string
  readonly clock: Clock
  readonly credentials: Credentials
  /** Tells people what it waits for. */
  readonly tell: (what: Said) => void
}

/** What the measurements use: what was given up for them, and calls to Live, KMS and STS. */
export class Laboratory {
  readonly given: LaboratoryOptions
  readonly clock: Clock

  constructor(options: LaboratoryOptions) {
    this.given = options
    this.clock = options.clock
  }

  /** A call to Live about the domain that was given up. */
  live(action: string, params: Readonly<Record<string, string>> = {}): Promise<PlainAnswer> {
    return this.call('live', action, { DomainName: this.given.domain, ...params })
  }

  /** A call to KMS about the secret that was given up. */
  kms(action: string, params: Readonly<Record<string, string>> = {}): Promise<PlainAnswer> {
    return this.call('kms', action, { SecretName: this.given.secret, ...params })
  }

  /** Of the domain's snapshot templates. */
  callbackUrls(): Promise<string[]> {
    const { domain, config, credentials } = this.given
    return callbackUrls(domain, config.endpoints.live, credentials)
  }

  async call(
    product: Product,
    action: string,
    params: Readonly<Record<string, string>>,
    { isPaced = true, ...other }: CallOptions = {},
  ): Promise<PlainAnswer> {
    if (isPaced) await this.clock.sleep(PACE_MS)
    const { domain, secret, config, stsEndpoint, credentials } = this.given
    const endpoint = { live: config.endpoints.live, kms: config.endpoints.kms, sts: stsEndpoint }[product]
    const subject = product === 'live' ? `domain ${domain}` : `secret ${secret}`
    return plainCall({ product, endpoint, action, params, credentials, ...other }, subject)
  }

  /**
   * How long until `shows` holds, in milliseconds from now, in multiples of {@link LOOK_MS}; null if it never does.
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

interface CallOptions {
  readonly credentials?: Credentials
  readonly signedOffMs?: number
  /** Whether it waits for its turn. Default true. */
  readonly isPaced?: boolean
}

/** The answer in words. */
export function inWords({ status, code }: PlainAnswer): Said {
  return code === null ? say('succeeds', '成功') : inBoth(`${status} ${code}`)
}

/** How long a change took to show. */
export function delayInWords(ms: number): Said {
  return ms === 0 ? say('at once', '立即') : say(`after ${ms} ms`, `${ms} 毫秒后`)
}

/** A change that {@link Laboratory.delayUntil} never saw. */
export const NOT_SEEN = say(
  `it did not show within ${LONGEST_LOOK_MS / 1_000} s`,
  `${LONGEST_LOOK_MS / 1_000} 秒内没有看到`,
)
