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

/** One request: the event of an HTTP trigger, and the id that Function Compute gave it. */
export type Receive = (event: Uint8Array | string, requestId?: string) => Promise<FcHttpResponse>

/** A callback is a few hundred bytes. Refuses larger ones before parsing: events can be up to 32 MB. */
const LARGEST_EVENT = 1_048_576

/**
 * The reference receiver: verifies callbacks and sends genuine ones to the target, with the verdict in
 * `x-live-key-verdict` and the key in `x-live-key-kid`. Answers 502 if the target did not take one, so that it does not
 * count as delivered.
 */
export function createReceiver({ config, keyset, clock, write }: ReceiverParts): Receive {
  return async (event, requestId) => {
    const startedAt = clock.tick()
    const log = (level: string, what: string, details: Readonly<Record<string, unknown>>): void => {
      write(logLine(clock, level, what, { requestId, ...details }))
    }
    if (event.length > LARGEST_EVENT) {
      log('warn', 'tooLarge', { bytes: event.length })
      return fcAnswer(413)
    }
    // One per request, for its log lines; it costs less than they do.
    const verify = createVerifier({
      keyset,
      host: config.hosts,
      clock,
      onVerified: ({ verdict, kid, state }, { probe }) => {
        // Callbacks under the current key are the rule; people wait for an old key's last use.
        if (state !== 'current' || probe)
          log(verdict === 'accepted' ? 'info' : 'warn', verdict, { kid, state, probe })
      },
      onRejected: ({ reason }, { probe }) => log('warn', 'rejected', { reason, probe }),
      onUnavailable: ({ message }, { probe }) => log('error', 'unavailable', { message, probe }),
    })

    async function deliver(callback: Callback, request: FcHttpEvent): Promise<FcHttpResponse> {
      const delivery = { body: new Uint8Array(fcBody(request)), headers: headersFor(callback, request) }
      const { delivered, attempts, detail } = await handOver(config.target, delivery, startedAt, clock)
      if (delivered) return fcAnswer(200)
      log('error', 'notHandedOver', { kid: callback.kid, attempts, message: detail })
      return fcAnswer(502)
    }

    const quarantined = config.quarantined === 'forward' ? 'pass' : 'refuse'
    return fcReceiver(verify, deliver, { quarantined })(event, undefined)
  }

  function headersFor(callback: Callback, request: FcHttpEvent): Record<string, string> {
    return {
      'content-type': fcHeader(request, 'content-type') ?? 'application/json',
      'x-live-key-verdict': callback.verdict,
      'x-live-key-kid': callback.kid,
      [TIMESTAMP_HEADER]: callback.timestamp,
      ...(config.authorization !== null && { authorization: config.authorization }),
    }
  }
}

/** One line of the log, as JSON. */
export function logLine(
  clock: Clock,
  level: string,
  event: string,
  details: Readonly<Record<string, unknown>>,
): string {
  return `${JSON.stringify({ time: isoTime(clock.now()), level, event, ...details })}\n`
}
