import { carryOut } from '../../../app/carry-out.ts'
import { readsOnly, type Action } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { storeReceipts } from '../../../receipts/store-receipts.ts'
import type { Report } from '../../../rotation/report/report.ts'
import type { CommandContext, GlobalOptions, Run } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { chooseCredentials } from '../../credentials.ts'
import { interruptibleOpen } from '../../interruptible.ts'
import type { Io, Result } from '../../io.ts'
import { given, type Asked } from '../../next/asked.ts'
import { receiptPage } from '../../page/receipt-page.ts'
import { startProgress } from '../../progress/progress.ts'
import { environmentOf } from '../../environment.ts'
import { languageOf } from '../../../core/language.ts'
import { actionWords } from '../../words/action-words.ts'
import { reportResult } from '../../text/report-result.ts'
import { cutsAhead } from './cuts-ahead.ts'
import { requestFlags, requestOf, type ActionOptions } from './request.ts'

/** How long a run waits for receivers without --wait. Bounds only waiting, not effects. */
const WAITS_MS = 5 * 60_000

type Options = ActionOptions & GlobalOptions & { readonly wait?: boolean | undefined }

export const rotate: Run<Options> = (options, context) => runAction('rotate', options, context)
export const plan: Run<Options> = (options, context) =>
  runAction('rotate', { ...options, dryRun: true }, context)
export const reconcile: Run<Options> = (options, context) => runAction('reconcile', options, context)
export const rollback: Run<Options> = (options, context) => runAction('rollback', options, context)
export const status: Run<Options> = (options, context) => runAction('status', options, context)

/** Runs one of the four actions here, shows its progress, and reports. */
async function runAction(
  action: Action,
  options: Options,
  { io, services }: CommandContext,
): Promise<Result> {
  const request = requestOf(action, options)
  const config = configurationOf(options, io)
  const place = given({ config: options.config })
  const looksOnly = readsOnly(request)
  const progress = startProgress(io)
  const words = actionWords[languageOf(io.env)]
  progress.say({
    kind: 'note',
    text: looksOnly ? words.looking : words.started(action, request.id ?? ''),
  })
  let report: Report
  io.interrupted.addEventListener('abort', () => {
    progress.say({ kind: 'note', text: words.stopping(looksOnly) })
  })
  try {
    const { connect, run } = await services()
    const { open } = await connect({ config, io, log: progress.log })
    const log = cutsAhead({
      request,
      config,
      open: interruptibleOpen(open, io.interrupted),
      progress,
      place,
      words,
    })
    const waitsMs = options.wait === true ? Infinity : WAITS_MS
    report = await carryOut({
      request,
      config,
      environment: environmentOf({ io, open, log, waitsMs }),
      run: async (...args) => whole(await run(...args), looksOnly, io),
      by: { user: io.env['USER'] ?? io.env['USERNAME'] ?? 'unknown' },
      credentials: () => chooseCredentials(config, io),
      env: io.env,
      keep: (kept) => storeReceipts({ ...kept, page: (receipt) => receiptPage(receipt, io) }),
    })
  } finally {
    progress.stop()
  }
  const asked: Asked = {
    action,
    group: options.group,
    emergency: options.emergency,
    id: options.id,
    flags: requestFlags({ ...options, group: undefined }),
    place,
    groups: config.groups,
  }
  return reportResult(report, asked, io)
}

/** A report on only some of the domains would mislead. */
function whole(report: Report, looksOnly: boolean, { interrupted }: Io): Report {
  if (!looksOnly || !interrupted.aborted) return report
  throw new RotatorError('deadline', 'stopped before everything was read; nothing was changed')
}
