import { RotatorError } from '../../../core/errors.ts'
import { demo } from '../../demo/demo.ts'
import { demoText } from '../../demo/demo-text.ts'
import { isFlawless, type DemoFigures } from '../../demo/figures.ts'
import type { CommandContext } from '../../command.ts'
import type { Io, Result } from '../../io.ts'
import { openInBrowser } from '../../page/open.ts'
import type { DemoPage } from '../../demo/demo-page.ts'
import { languageOf } from '../../../core/language.ts'
import { demoWords } from '../../words/demo-words.ts'
import { startProgress } from '../../progress/progress.ts'
import { styleOf } from '../../style.ts'
import type { DemoOptions } from './flags.ts'

/** Shows the main job on this machine, and says whether it kept its promises. */
export async function runDemo(options: DemoOptions, { io }: CommandContext): Promise<Result> {
  const { domains, emergency, dashboard } = options
  const progress = startProgress(io)
  const words = demoWords[languageOf(io.env)]
  let page: DemoPage | undefined
  const showPage = (opened: DemoPage): void => {
    page = opened
    progress.title(words.page(opened.url))
    openInBrowser(opened.url)
  }
  let figures: DemoFigures
  try {
    const setting = { domains, emergency: emergency === true }
    figures = await demo({ ...setting, showPage: dashboard === true ? showPage : undefined }, io, progress)
    if (page !== undefined) {
      progress.title(words.pageStays(page.url))
      await interruption(io)
    }
  } catch (error) {
    if (!io.interrupted.aborted) throw error
    throw new RotatorError('deadline', 'the demo was stopped; nothing is left behind', { cause: error })
  } finally {
    page?.close()
    progress.stop()
  }
  return {
    document: figures,
    text: demoText(figures, styleOf(io.stdout, io.env)),
    exitCode: isFlawless(figures) ? 0 : 1,
  }
}

function interruption({ interrupted }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted) resolve()
    else interrupted.addEventListener('abort', () => resolve(), { once: true })
  })
}
