import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../../core/clock.ts'
import type { Key } from '../../keyset/key.ts'
import { signCallback } from '../../keyset/signature.ts'
import type { Assumptions } from '../assumptions.ts'
import { VERDICT_HEADER, type CallbackResult, type Tally } from './tally.ts'

const TIMEOUT_MS = 5_000
const RETRIES = 5
const RETRY_AFTER_MS = 1_000
/** Made once: an error with a stack of its own for every callback would cost more than its signature. */
const OVER = new Error('the callback is no longer waited for')

interface Attempt {
  readonly result: CallbackResult
  readonly quarantined: boolean
}

/** Sends signed callbacks over real HTTP, with the documented timeout and retries, and counts the outcomes. */
export class CallbackSender {
  readonly #clock: Clock
  readonly #assumptions: Assumptions
  readonly #agents = {
    http: new http.Agent({ keepAlive: true, maxSockets: 256 }),
    https: new https.Agent({ keepAlive: true, maxSockets: 256 }),
  }
  #pending = 0

  constructor(clock: Clock, assumptions: Assumptions) {
    this.#clock = clock
    this.#assumptions = assumptions
  }

  /** Callbacks under way. */
  get pending(): number {
    return this.#pending
  }

  /** Sends one callback until it is answered or given up. Never rejects. With `key` null, sends it unsigned. */
  async send(
    url: string,
    key: Key | null,
    body: string,
    tallies: readonly Tally[],
    signal: AbortSignal,
  ): Promise<void> {
    this.#pending++
    try {
      const first = this.#seconds()
      for (let retry = 0; ; retry++) {
        const timestamp = this.#assumptions.retryTimestamp === 'fresh' ? this.#seconds() : first
        for (const tally of tallies) tally.attempted()
        const attempt = await this.#attempt(new URL(url), key, timestamp, body, signal)
        if (retry === RETRIES || !this.#isRetried(attempt.result)) {
          for (const tally of tallies) tally.add(key?.kid ?? 'unsigned', attempt.result, attempt.quarantined)
          return
        }
        await this.#clock.sleep(RETRY_AFTER_MS, signal)
      }
    } catch {
      // Closed meanwhile: this callback was neither refused nor lost.
    } finally {
      this.#pending--
    }
  }

  close(): void {
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }

  #isRetried(result: CallbackResult): boolean {
    if (result === 'timeout') return true
    return this.#assumptions.retriesRefusedCallbacks && result !== 200
  }

  #seconds(): string {
    return String(Math.floor(this.#clock.now() / 1_000))
  }

  async #attempt(
    url: URL,
    key: Key | null,
    timestamp: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Attempt> {
    const given = new AbortController()
    const stop = (): void => {
      given.abort(OVER)
    }
    signal.addEventListener('abort', stop, { once: true })
    const timeout = this.#clock.sleep(TIMEOUT_MS, given.signal).then(
      (): Attempt => ({ result: 'timeout', quarantined: false }),
      (): Attempt => ({ result: 'error', quarantined: false }),
    )
    try {
      const attempt = await Promise.race([
        this.#post(url, this.#headers(url, key, timestamp), body, given.signal),
        timeout,
      ])
      signal.throwIfAborted()
      return attempt
    } finally {
      signal.removeEventListener('abort', stop)
      given.abort(OVER)
    }
  }

  #headers(url: URL, key: Key | null, timestamp: string): Record<string, string> {
    if (key === null) return {}
    const host = this.#assumptions.signsPort ? url.host : url.hostname
    const signature = signCallback(host, timestamp, key.reveal())
    return {
      'ALI-LIVE-TIMESTAMP': timestamp,
      'ALI-LIVE-SIGNATURE': this.#assumptions.signatureCase === 'upper' ? signature.toUpperCase() : signature,
    }
  }

  #post(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Attempt> {
    const secure = url.protocol === 'https:'
    return new Promise((resolve) => {
      const request = (secure ? https : http).request(
        url,
        {
          method: 'POST',
          agent: secure ? this.#agents.https : this.#agents.http,
          signal,
          headers: {
            ...headers,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (answer) => {
          const quarantined = answer.headers[VERDICT_HEADER] === 'quarantined'
          answer.resume()
          answer.once('end', () => {
            resolve({ result: answer.statusCode ?? 'error', quarantined })
          })
          answer.once('error', () => {
            resolve({ result: 'error', quarantined: false })
          })
        },
      )
      request.once('error', () => {
        resolve({ result: 'error', quarantined: false })
      })
      request.end(body)
    })
  }
}
