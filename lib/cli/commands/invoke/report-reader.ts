import * as v from 'valibot'
import { ACTIONS } from '../../../config/types.ts'
import { cleanJson } from '../../text/clean.ts'
import { OUTCOMES, PHASES, type Report } from '../../../rotation/report/report.ts'

const count = v.pipe(v.number(), v.integer())
const texts = v.array(v.string())

const groupSchema = v.looseObject({
  group: v.string(),
  outcome: v.picklist(OUTCOMES),
  phase: v.picklist(PHASES),
  revision: v.nullable(count),
  kid: v.nullable(v.string()),
  waitingUntil: v.nullable(v.string()),
  domains: v.looseObject({
    total: count,
    set: count,
    unchanged: count,
    confirmed: count,
    failed: v.array(v.looseObject({ domain: v.string(), code: v.string(), message: v.string() })),
  }),
  keys: v.array(v.looseObject({ kid: v.string(), state: v.string() })),
  calls: v.record(v.string(), count),
  throttled: count,
  warnings: texts,
})

const reportSchema = v.looseObject({
  version: v.literal(1),
  ok: v.boolean(),
  action: v.picklist(ACTIONS),
  startedAt: v.string(),
  finishedAt: v.string(),
  groups: v.array(groupSchema),
  configuration: v.optional(v.record(v.string(), v.string())),
})

/**
 * A deployed function's answer as a report, with its texts and field names cleaned; null for anything else. Checks the
 * fields that version 1 always has; optional ones pass unchecked.
 */
export function readReport(value: unknown): Report | null {
  const cleaned = cleanJson(value)
  return isReport(cleaned) ? cleaned : null
}

function isReport(value: unknown): value is Report {
  return v.is(reportSchema, value)
}
