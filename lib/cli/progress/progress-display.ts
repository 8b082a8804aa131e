import type { Log } from '../../rotation/ports.ts'
import type { Line } from './narrator.ts'

/** Shows a command's progress on stderr. */
export interface Progress {
  readonly log: Log
  /** Prints a line of the command's own. */
  say(line: Line, group?: string): void
  /** Announces what comes next. */
  title(text: string): void
  /** Shows a changing line under the bars, in a terminal only. */
  ticker(text: () => string): void
  /** Removes the bars and ends the display. */
  stop(): void
}
