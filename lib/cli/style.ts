import pc from 'picocolors'
import type { Environment } from '../config/parse.ts'
import type { Sink } from './io.ts'

/** How one stream is written to: colours and lines that move are for terminals. */
export interface Style {
  readonly terminal: boolean
  readonly color: ReturnType<typeof pc.createColors>
}

/**
 * The style of a stream. `NO_COLOR` with any text in it (https://no-color.org) takes the colours, `FORCE_COLOR` gives
 * them to a pipe.
 */
export function styleOf(sink: Sink, env: Environment): Style {
  const terminal = sink.isTTY === true && env['TERM'] !== 'dumb'
  const { NO_COLOR: refused = '', FORCE_COLOR: forced = '' } = env
  const wanted = terminal || (forced !== '' && forced !== '0')
  return { terminal, color: pc.createColors(wanted && refused === '') }
}
