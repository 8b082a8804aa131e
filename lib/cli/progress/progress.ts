import type { Io } from '../io.ts'
import { styleOf } from '../style.ts'
import { BarProgress } from './bar-progress.ts'
import { Narrator } from './narrator.ts'
import { PlainProgress } from './plain-progress.ts'
import type { Progress } from './progress-display.ts'

export type { Progress } from './progress-display.ts'

/** Bars in a terminal, plain lines elsewhere. */
export function startProgress({ stderr, env, clock, interrupted }: Io): Progress {
  const style = styleOf(stderr, env)
  const narrator = new Narrator(clock, interrupted, style)
  return style.terminal
    ? new BarProgress({ narrator, stream: stderr, style, clock })
    : new PlainProgress({ narrator, stream: stderr, style, clock })
}
