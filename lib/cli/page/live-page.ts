import { isoTime } from '../../core/clock.ts'
import type { Report } from '../../rotation/report/report.ts'
import type { Io } from '../io.ts'
import type { Asked } from '../next/asked.ts'
import { styleOf } from '../style.ts'
import { html } from './html.ts'
import type { PageOptions } from './page-options.ts'
import { renderDocument, renderMain } from './page.ts'
import { pageTexts } from './page-language.ts'
import type { PageSource } from './serve.ts'
import { pageView } from './view.ts'

/** What a live page shows. */
export interface Watched {
  readonly report: Report | undefined
  readonly problem: string | undefined
}

/** The live page, rendered anew at every request. */
export function livePage(watched: Watched, asked: Asked, io: Io): PageSource {
  const options: PageOptions = {
    texts: pageTexts(io.env),
    timeZone: styleOf(io.stdout, io.env).timeZone,
    live: true,
  }
  const main = (): string => {
    const { report, problem } = watched
    const { texts } = options
    const trouble = problem === undefined ? '' : html`<p class="note bad">${texts.notRead(problem)}</p>`.text
    if (report === undefined) return trouble || html`<p class="soft">${texts.reading}</p>`.text
    return trouble + renderMain(pageView(report, asked, isoTime(io.clock.now())), options)
  }
  return { main, document: () => renderDocument(main(), options) }
}
