import { readFile, writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import { ACTIONS } from '../../../config/types.ts'
import { KEY_STATES } from '../../../keyset/keyset.ts'
import type { Receipt } from '../../../receipts/receipt.ts'
import { languageOf } from '../../../core/language.ts'
import { RotatorError } from '../../../core/errors.ts'
import { OUTCOMES, PHASES, type Report } from '../../../rotation/report/report.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { environmentOf } from '../../environment.ts'
import type { Result } from '../../io.ts'
import { given, type Asked } from '../../next/asked.ts'
import { pageTexts } from '../../page/page-language.ts'
import { renderPage } from '../../page/page.ts'
import { reportOfReceipt } from '../../page/receipt-page.ts'
import { pageView } from '../../page/view.ts'
import { startProgress } from '../../progress/progress.ts'
import { styleOf } from '../../style.ts'
import { requestOf } from '../actions/request.ts'
import { commandWords } from '../../words/command-words.ts'
import type { ReportOptions } from './flags.ts'

const time = v.pipe(v.string(), v.isoTimestamp())
const keySchema = v.looseObject({
  kid: v.string(),
  state: v.picklist(KEY_STATES),
  times: v.optional(v.record(v.string(), time)),
  untrustedFrom: v.optional(time),
  oldestStreamSince: v.optional(time),
})
const receiverSchema = v.looseObject({
  url: v.string(),
  accepted: v.boolean(),
  expected: v.nullable(v.number()),
  instances: v.array(v.looseObject({ id: v.string(), revision: v.number(), seenAt: time })),
  trusting: v.optional(v.array(v.string())),
})
/** The parts of a group's report that a page needs; the rest passes unchecked. */
const groupSchema = v.looseObject({
  group: v.string(),
  outcome: v.picklist(OUTCOMES),
  phase: v.picklist(PHASES),
  revision: v.nullable(v.number()),
  kid: v.nullable(v.string()),
  waitingUntil: v.nullable(time),
  keys: v.array(keySchema),
  receivers: v.optional(v.array(receiverSchema)),
  domains: v.looseObject({
    total: v.number(),
    confirmed: v.number(),
    failed: v.array(v.looseObject({ domain: v.string(), message: v.string() })),
  }),
  warnings: v.array(v.string()),
})
const reportSchema = v.looseObject({
  version: v.literal(1),
  action: v.picklist(ACTIONS),
  finishedAt: time,
  groups: v.array(groupSchema),
})
const receiptSchema = v.looseObject({
  format: v.literal('live-key-receipt/1'),
  request: v.looseObject({ action: v.picklist(ACTIONS) }),
  startedAt: time,
  finishedAt: time,
  group: groupSchema,
})

/** Writes the page of the current state, or of a receipt. */
export async function writeReport(options: ReportOptions, context: CommandContext): Promise<Result> {
  const { io } = context
  const asked = (report: Report, groups: Asked['groups']): Asked => ({
    action: report.action,
    group: options.group,
    place: given({ config: options.config }),
    groups,
  })
  const { report, groups } =
    options.receipt === undefined
      ? await presentState(options, context)
      : { report: await readReceipt(options.receipt), groups: [] }
  const page = renderPage(pageView(report, asked(report, groups)), {
    texts: pageTexts(io.env),
    timeZone: styleOf(io.stdout, io.env).timeZone,
    live: false,
  })
  try {
    await writeFile(options.html, page)
  } catch (error) {
    throw new RotatorError(
      'usage',
      `${options.html} cannot be written: name a file in a folder that exists`,
      {
        cause: error,
      },
    )
  }
  return {
    document: { written: options.html },
    text: commandWords[languageOf(io.env)].pageWritten(options.html, report.groups.length, report.finishedAt),
    exitCode: 0,
  }
}

async function presentState(
  options: ReportOptions,
  { io, services }: CommandContext,
): Promise<{ report: Report; groups: Asked['groups'] }> {
  const config = configurationOf(options, io)
  const progress = startProgress(io)
  try {
    const { connect, run } = await services()
    const { open } = await connect({ config, io, log: progress.log })
    const environment = environmentOf({ io, open, log: progress.log, waitsMs: 0 })
    const report = await run(requestOf('status', { group: options.group }), config, environment)
    return { report, groups: config.groups }
  } finally {
    progress.stop()
  }
}

/** A receipt contains the report of one group; the output of `--json` is a report itself. */
async function readReceipt(path: string): Promise<Report> {
  let parsed: unknown
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new RotatorError(
      'usage',
      `${path} cannot be read as JSON: name a receipt, or the output of --json`,
      {
        cause: error,
      },
    )
  }
  if (isReceipt(parsed)) return reportOfReceipt(parsed)
  if (isReport(parsed)) return parsed
  throw new RotatorError('usage', `${path} is not a receipt: name a receipt, or the output of --json`)
}

function isReceipt(value: unknown): value is Receipt {
  return v.is(receiptSchema, value)
}

function isReport(value: unknown): value is Report {
  return v.is(reportSchema, value)
}
