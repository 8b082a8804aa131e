import type { Log } from '../../rotation/ports.ts'
import type { Line } from './narrator.ts'

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
