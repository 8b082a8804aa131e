import type { Log } from '../../rotation/ports.ts'
import type { Io } from '../io.ts'
import { styleOf } from '../style.ts'
import { BarProgress } from './bar-progress.ts'
import { Narrator, type Line } from './narrator.ts'
import { PlainProgress } from './plain-progress.ts'

/** Shows what goes on while a command works, on stderr. */
export interface Progress {
  readonly log: Log
  /** Says a line of the command's own. */
  say(line: Line, group?: string): void
  /** Says what comes next. */
  title(text: string): void
  /** Shows a line that changes, under the bars. Only in a terminal. */
  ticker(text: () => string): void
  /** Takes the bars away. Nothing is shown after it. */
  stop(): void
}

/** Bars in a terminal, plain lines elsewhere. */
export function startProgress({ stderr, env, clock, interrupted }: Io): Progress {
  const style = styleOf(stderr, env)
  const narrator = new Narrator(clock, interrupted, style.timeZone)
  return style.terminal
    ? new BarProgress({ narrator, stream: stderr, style, clock })
    : new PlainProgress({ narrator, stream: stderr, style, clock })
}
