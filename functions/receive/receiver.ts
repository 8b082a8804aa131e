import { isoTime, type Clock } from '../../lib/core/clock.ts'
import type { Callback } from '../../lib/receiver/admit.ts'
import {
  fcAnswer,
  fcBody,
  fcHeader,
  type FcHttpEvent,
  type FcHttpResponse,
} from '../../lib/receiver/adapters/fc-event.ts'
import { fcReceiver } from '../../lib/receiver/adapters/fc.ts'
import { createVerifier, TIMESTAMP_HEADER, type KeysetSource } from '../../lib/receiver/index.ts'
import type { ReceiverConfig } from './config.ts'
import { handOver } from './hand-over.ts'

export interface ReceiverParts {
  readonly config: ReceiverConfig
  readonly keyset: KeysetSource
  readonly clock: Clock
  /** Writes one line of the log. */
  readonly write: (line: string) => unknown
}

/**
 * The reference receiver: verifies, and hands over what is genuine. The target learns the verdict from
 * `x-live-key-verdict` and the key from `x-live-key-kid`. What could not be handed over is answered 502, so that it is
 * not taken for delivered.
 */
export function createReceiver(
  parts: ReceiverParts,
): (event: Uint8Array | string) => Promise<FcHttpResponse> {
  const { config, keyset, clock, write } = parts
  const log = (level: string, event: string, details: Readonly<Record<string, unknown>>): void => {
    write(`${JSON.stringify({ time: isoTime(clock.now()), level, event, ...details })}\n`)
  }
  const verify = createVerifier({
    keyset,
    host: config.hosts,
    clock,
    onVerified: ({ verdict, kid, state }, { probe }) => {
      // Callbacks under the current key are the rule; an old key's last use is what somebody waits to see.
      if (state !== 'current' || probe)
        log(verdict === 'accepted' ? 'info' : 'warn', verdict, { kid, state, probe })
    },
    onRejected: ({ reason }, { probe }) => {
      log('warn', 'rejected', { reason, probe })
    },
  })

  async function receive(callback: Callback, event: FcHttpEvent, startedAt: number): Promise<FcHttpResponse> {
    if (callback.verdict === 'quarantined' && config.quarantined === 'refuse') return fcAnswer(401)
    const { delivered, attempts, detail } = await handOver(
      config.target,
      {
        body: new Uint8Array(fcBody(event)),
        headers: {
          'content-type': fcHeader(event, 'content-type') ?? 'application/json',
          'x-live-key-verdict': callback.verdict,
          'x-live-key-kid': callback.kid,
          [TIMESTAMP_HEADER]: callback.timestamp,
          ...(config.authorization !== null && { authorization: config.authorization }),
        },
      },
      startedAt,
      clock,
    )
    if (delivered) return fcAnswer(200)
    log('error', 'notHandedOver', { kid: callback.kid, attempts, message: detail })
    return fcAnswer(502)
  }

  const handle = fcReceiver(verify, receive)
  return (event) => handle(event, clock.tick())
}
