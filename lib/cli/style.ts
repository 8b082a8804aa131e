import pc from 'picocolors'
import type { Environment } from '../config/parse.ts'
import type { Sink } from './io.ts'

/** How one stream is written to: colours and lines that move are for terminals. */
export interface Style {
  readonly terminal: boolean
  readonly color: ReturnType<typeof pc.createColors>
}

/**
 * The style of a stream. `NO_COLOR` (https://no-color.org) takes the colours, `FORCE_COLOR` gives them to a pipe.
 */
export function styleOf(sink: Sink, env: Environment): Style {
  const terminal = sink.isTTY === true && env['TERM'] !== 'dumb'
  const wanted = terminal || isSet(env['FORCE_COLOR'])
  return { terminal, color: pc.createColors(wanted && !isSet(env['NO_COLOR'])) }
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '' && variable !== '0'
}
