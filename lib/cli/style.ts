import pc from 'picocolors'
import type { Environment } from '../config/parse.ts'
import { languageOf, type Language } from '../core/language.ts'
import type { Sink } from './io.ts'

/** How to write to a stream: colours and moving lines are for terminals. */
export interface Style {
  readonly terminal: boolean
  readonly color: ReturnType<typeof pc.createColors>
  /** Columns per line; Infinity in a pipe. */
  readonly width: number
  /** The reader's, e.g. `Asia/Shanghai`. */
  readonly timeZone: string
  readonly language: Language
}

/** For a terminal that does not report its width. */
const DEFAULT_WIDTH = 80

/**
 * The style of a stream. `NO_COLOR` with any text in it (https://no-color.org) disables colours, `FORCE_COLOR` enables
 * them in a pipe.
 */
export function styleOf(sink: Sink, env: Environment): Style {
  const terminal = sink.isTTY === true && env['TERM'] !== 'dumb'
  const { NO_COLOR: refused = '', FORCE_COLOR: forced = '' } = env
  const wanted = terminal || (forced !== '' && forced !== '0')
  return {
    terminal,
    color: pc.createColors(wanted && refused === ''),
    // Read each time, as a terminal may become narrower.
    get width() {
      return sink.isTTY === true ? (sink.columns ?? DEFAULT_WIDTH) : Infinity
    },
    timeZone: timeZoneOf(env['TZ']),
    language: languageOf(env),
  }
}

/** The system's, unless `TZ` names one. */
function timeZoneOf(name: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name || undefined }).resolvedOptions().timeZone
  } catch {
    return new Intl.DateTimeFormat().resolvedOptions().timeZone
  }
}
