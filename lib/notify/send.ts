import type { RotationConfig } from '../config/types.ts'
import { boundedText } from '../core/bounded-text.ts'
import { noAnswerReason } from '../core/no-answer.ts'
import { refusalOf } from './formats.ts'

export type Webhook = RotationConfig['notify'][number]

export interface SendAnswer {
  readonly accepted: boolean
  /** Why not, as text that is safe to print. */
  readonly detail: string
  /** Whether the same message may be accepted a moment later. */
  readonly retryable: boolean
}

/** Sends one body to a webhook once. Never throws. */
export type Send = (webhook: Webhook, body: unknown) => Promise<SendAnswer>

const TIMEOUT_MS = 5_000

/** Sends JSON over HTTP. Follows no redirect: the message is only for the configured host. */
export function httpSend(timeoutMs = TIMEOUT_MS): Send {
  return async ({ url, format }, body) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await boundedText(response)
      if (!response.ok) {
        const retryable = response.status >= 500 || response.status === 429
        return { accepted: false, detail: `it answered ${response.status}`, retryable }
      }
      const refusal = refusalOf(format, text)
      return { accepted: refusal === null, detail: refusal ?? 'it accepted', retryable: false }
    } catch (error) {
      return { accepted: false, detail: noAnswerReason(error, timeoutMs), retryable: true }
    }
  }
}
