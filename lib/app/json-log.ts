import type { Clock } from '../core/clock.ts'
import { isoTime } from '../core/clock.ts'
import type { Log, LogLevel } from '../rotation/ports.ts'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** One JSON line an event, with the request id, for Simple Log Service. `LOG_LEVEL` is the least level that is written. */
export function jsonLog(requestId: string, clock: Clock, write: (line: string) => void, level = 'info'): Log {
  const known = LEVELS.findIndex((name) => name === level)
  const least = known === -1 ? LEVELS.indexOf('info') : known
  return (event) => {
    if (LEVELS.indexOf(event.level) < least) return
    write(`${JSON.stringify({ time: isoTime(clock.now()), requestId, ...event })}\n`)
  }
}
