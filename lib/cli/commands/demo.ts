import { RotatorError } from '../../core/errors.ts'
import { demo } from '../demo/demo.ts'
import { demoText } from '../demo/demo-text.ts'
import { isFlawless, type DemoFigures } from '../demo/figures.ts'
import type { GlobalOptions, Io, Result } from '../io.ts'
import { startProgress } from '../progress/progress.ts'
import { styleOf } from '../style.ts'

export interface DemoOptions extends GlobalOptions {
  readonly domains: number
  readonly emergency?: boolean
}

/** Shows the main job on this machine, and says whether it went as promised. */
export async function runDemo({ domains, emergency = false }: DemoOptions, io: Io): Promise<Result> {
  const progress = startProgress(io)
  let figures: DemoFigures
  try {
    figures = await demo({ domains, emergency }, io, progress)
  } catch (error) {
    if (!io.interrupted.aborted) throw error
    throw new RotatorError('deadline', 'the demo was stopped; nothing of it is left', { cause: error })
  } finally {
    progress.stop()
  }
  return {
    document: figures,
    text: demoText(figures, styleOf(io.stdout, io.env)),
    exitCode: isFlawless(figures) ? 0 : 1,
  }
}
