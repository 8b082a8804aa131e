import { RotatorError } from '../../../core/errors.ts'
import { demo } from '../../demo/demo.ts'
import { demoText } from '../../demo/demo-text.ts'
import { isFlawless, type DemoFigures } from '../../demo/figures.ts'
import type { CommandContext } from '../../command.ts'
import type { Result } from '../../io.ts'
import { startProgress } from '../../progress/progress.ts'
import { styleOf } from '../../style.ts'
import type { DemoOptions } from './flags.ts'

/** Shows the main job on this machine, and says whether it went as promised. */
export async function runDemo({ domains, emergency }: DemoOptions, { io }: CommandContext): Promise<Result> {
  const progress = startProgress(io)
  let figures: DemoFigures
  try {
    figures = await demo({ domains, emergency: emergency === true }, io, progress)
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
