import type { Receipt } from '../../receipts/receipt.ts'
import type { Report } from '../../rotation/report/report.ts'
import type { Io } from '../io.ts'
import { styleOf } from '../style.ts'
import { pageTexts } from './page-language.ts'
import { renderPage } from './page.ts'
import { pageView } from './view.ts'

/** The report that a receipt was made from, as far as it was kept: one group. */
export function reportOfReceipt({ request, startedAt, finishedAt, group }: Receipt): Report {
  const ok = group.outcome !== 'failed' && group.outcome !== 'incomplete'
  return { version: 1, ok, action: request.action, startedAt, finishedAt, groups: [group] }
}

/** A receipt as a page, for people who open its folder. Says nothing about what to do next, which is long past. */
export function receiptPage(receipt: Receipt, { stdout, env }: Pick<Io, 'stdout' | 'env'>): string {
  const report = reportOfReceipt(receipt)
  const view = pageView(report, { action: report.action, place: [], groups: [] })
  const { timeZone } = styleOf(stdout, env)
  return renderPage({ ...view, next: [] }, { texts: pageTexts(env), timeZone, live: false })
}
