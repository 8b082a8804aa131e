import type { RotationRequest } from '../config/types.ts'
import type { GroupReport, Report } from '../rotation/report/report.ts'
import { VERSION } from '../core/version.ts'

/** Who started a run: Function Compute, with its request id, or a user of the command line. */
export type Author = { readonly functionRequest: string } | { readonly user: string }

/** Evidence of what one run did to one group. Never holds a key. */
export interface Receipt {
  readonly format: 'live-key-receipt/1'
  readonly version: string
  readonly by: Author
  readonly request: RotationRequest
  readonly startedAt: string
  readonly finishedAt: string
  readonly group: GroupReport
}

/** A receipt and the name to store it under. */
export interface NamedReceipt {
  readonly name: string
  readonly receipt: Receipt
}

/** The receipts of a report: one for every group that the run changed or failed to change. */
export function receiptsOf(report: Report, request: RotationRequest, by: Author): NamedReceipt[] {
  return report.groups.filter(didSomething).map((group) => ({
    name: nameOf(group, report.finishedAt),
    receipt: {
      format: 'live-key-receipt/1',
      version: VERSION,
      by,
      request,
      startedAt: report.startedAt,
      finishedAt: report.finishedAt,
      group,
    },
  }))
}

/** A status, a rotation that was not due and a reconcile that found nothing leave no receipt. */
function didSomething({ outcome, saved = 0, domains }: GroupReport): boolean {
  switch (outcome) {
    case 'rotated':
    case 'incomplete':
    case 'failed':
      return true
    case 'reconciled':
    case 'waiting':
      return saved > 0 || domains.set > 0
    case 'notDue':
    case 'planned':
    case 'reported':
      return false
  }
}

/** `default/2026/11/20261124T080000.123Z-9-rotated.json`: names sort by time. */
function nameOf({ group, revision, outcome }: GroupReport, finishedAt: string): string {
  const [year, month] = finishedAt.split('-')
  const time = finishedAt.replaceAll(/[-:]/g, '')
  return `${group}/${year}/${month}/${time}-${revision ?? 0}-${outcome}.json`
}
