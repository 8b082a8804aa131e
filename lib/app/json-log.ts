import type { Clock } from '../core/clock.ts'
import { isoTime } from '../core/clock.ts'
import type { Log } from '../rotation/ports.ts'
import { english } from '../rotation/report/english.ts'
import { eventText, type LogEvent, type LogLevel } from '../rotation/report/events.ts'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** One JSON line per event, with the request id, for Simple Log Service. `LOG_LEVEL` is the lowest level written. */
export function jsonLog(requestId: string, clock: Clock, write: (line: string) => void, level = 'info'): Log {
  const known = LEVELS.findIndex((name) => name === level)
  const least = known === -1 ? LEVELS.indexOf('info') : known
  return (event) => {
    if (LEVELS.indexOf(event.level) < least) return
    const line = {
      time: isoTime(clock.now()),
      requestId,
      ...flat(event),
      message: eventText(event, english.events),
    }
    write(`${JSON.stringify(line)}\n`)
  }
}

/** Only the kind of a warning: its names are in the message. */
function flat(event: LogEvent): object {
  return event.event === 'warning' ? { ...event, finding: event.finding.kind } : event
}
