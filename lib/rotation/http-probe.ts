import type { Clock } from '../core/clock.ts'
import { noAnswerReason } from '../core/no-answer.ts'
import {
  INSTANCE_HEADER,
  LINEAGE_HEADER,
  PROBE_HEADER,
  REVISION_HEADER,
  SIGNATURE_HEADER,
  signCallback,
  TIMESTAMP_HEADER,
} from '../keyset/signature.ts'
import type { Probe, ProbeAnswer, ProbeEvidence } from './probe.ts'

const PROBE_TIMEOUT_MS = 5_000

/**
 * Asks a receiver over HTTP whether it accepts a key: a POST with the two signature headers, `X-Live-Key-Probe: 1` and an
 * empty JSON body. 2xx means accepted, anything else refused. Each probe uses its own connection, so that it can reach any
 * instance behind the URL. Never throws.
 *
 * @example
 * ```ts
 * const probe = httpProbe(systemClock)
 * const { accepted, detail } = await probe('https://hooks.example.com/live/snapshot', key)
 * ```
 */
export function httpProbe(clock: Clock): Probe {
  return async (url, key) => {
    const timestamp = String(Math.floor(clock.now() / 1000))
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          connection: 'close',
          'content-type': 'application/json',
          [TIMESTAMP_HEADER]: timestamp,
          [SIGNATURE_HEADER]: signCallback(new URL(url).hostname, timestamp, key.reveal()),
          [PROBE_HEADER]: '1',
        },
        body: '{}',
        signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      })
      await response.body?.cancel()
      return answerOf(response)
    } catch (error) {
      return { accepted: false, detail: noAnswerReason(error, PROBE_TIMEOUT_MS) }
    }
  }
}

function answerOf({ ok, status, headers }: Response): ProbeAnswer {
  const evidence = ok ? evidenceOf(headers) : null
  const answeredAt = Date.parse(headers.get('date') ?? '')
  return {
    accepted: ok,
    detail: `it answered ${status}`,
    status,
    ...(evidence !== null && { evidence }),
    ...(!Number.isNaN(answeredAt) && { answeredAt }),
  }
}

/**
 * The evidence in the answer to an accepted probe; null if it is incomplete. Headers that a proxy joined or made up are
 * not evidence.
 *
 * @example
 * ```ts
 * evidenceOf(response.headers)?.revision // 7
 * ```
 */
export function evidenceOf(headers: Pick<Headers, 'get'>): ProbeEvidence | null {
  const instance = headers.get(INSTANCE_HEADER) ?? ''
  const lineage = headers.get(LINEAGE_HEADER) ?? ''
  const revision = headers.get(REVISION_HEADER) ?? ''
  if (!/^[0-9a-f]{12}$/.test(instance) || !/^[\w-]{1,64}$/.test(lineage)) return null
  if (!/^[1-9]\d{0,7}$/.test(revision)) return null
  return { instance, lineage, revision: Number(revision) }
}
