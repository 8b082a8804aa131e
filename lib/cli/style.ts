import pc from 'picocolors'
import type { Environment } from '../config/parse.ts'
import { languageOf, type Language } from '../core/language.ts'
import type { Sink } from './io.ts'

/** How one stream is written to: colours and lines that move are for terminals. */
export interface Style {
  readonly terminal: boolean
  readonly color: ReturnType<typeof pc.createColors>
  /** Columns that a line may take; Infinity in a pipe. */
  readonly width: number
  /** The reader's, e.g. `Asia/Shanghai`. */
  readonly timeZone: string
  readonly language: Language
}

/** Of a terminal that does not say. */
const DEFAULT_WIDTH = 80

/**
 * The style of a stream. `NO_COLOR` with any text in it (https://no-color.org) takes the colours, `FORCE_COLOR` gives
 * them to a pipe.
 */
export function styleOf(sink: Sink, env: Environment): Style {
  const terminal = sink.isTTY === true && env['TERM'] !== 'dumb'
  const { NO_COLOR: refused = '', FORCE_COLOR: forced = '' } = env
  const wanted = terminal || (forced !== '' && forced !== '0')
  return {
    terminal,
    color: pc.createColors(wanted && refused === ''),
    // Read anew each time: a terminal may become narrower.
    get width() {
      return sink.isTTY === true ? (sink.columns ?? DEFAULT_WIDTH) : Infinity
    },
    timeZone: timeZoneOf(env['TZ']),
    language: languageOf(env),
  }
}

/** The system's, unless `TZ` is the name of one. */
function timeZoneOf(name: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name || undefined }).resolvedOptions().timeZone
  } catch {
    return new Intl.DateTimeFormat().resolvedOptions().timeZone
  }
}
