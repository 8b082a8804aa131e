import type { Clock } from '../core/clock.ts'
import { PROBE_HEADER, SIGNATURE_HEADER, signCallback, TIMESTAMP_HEADER } from '../keyset/signature.ts'
import type { Probe } from './ports.ts'

const PROBE_TIMEOUT_MS = 5_000

/**
 * Asks a receiver over HTTP whether it accepts a key: a POST with the two signature headers, `X-Live-Key-Probe: 1` and an
 * empty JSON body. 2xx is accepted, everything else is refused. Never throws.
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
          'content-type': 'application/json',
          [TIMESTAMP_HEADER]: timestamp,
          [SIGNATURE_HEADER]: signCallback(new URL(url).hostname, timestamp, key.reveal()),
          [PROBE_HEADER]: '1',
        },
        body: '{}',
        signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      })
      await response.body?.cancel()
      return { accepted: response.ok, detail: `it answered ${response.status}` }
    } catch (error) {
      // Only the kind of the failure is told: its text may hold the URL with the operator's own credentials.
      const code =
        error instanceof Error && error.cause instanceof Error && 'code' in error.cause
          ? error.cause.code
          : ''
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      const why = timedOut
        ? `no answer in ${PROBE_TIMEOUT_MS / 1000} s`
        : `no connection ${String(code)}`.trim()
      return { accepted: false, detail: why }
    }
  }
}
