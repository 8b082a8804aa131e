import { number } from '../../core/counts.ts'
import { planTaskText } from '../../rotation/report/plan-tasks.ts'
import type { Plan } from '../../rotation/report/report.ts'
import { reportTexts } from '../../rotation/report/texts.ts'
import type { Style } from '../style.ts'
import { planWords, type PlanWords } from '../words/plan-words.ts'
import { localTime } from './local-time.ts'

const SHOWN_DOMAINS = 10

/** What a rotation would do, for people. */
export function planText(plan: Plan, now: string, style: Style): string {
  const words = planWords[style.language]
  const lines = stepsOf(plan, style).map((step, index) => `${index + 1}. ${step}`)
  if (plan.sets > 0)
    lines.push(words.times(plan.publishSeconds * 1_000, plan.applySeconds * 1_000, plan.sets))
  const calls = Object.entries(plan.calls).map(([name, times]) => `${name} ${number(times)}`)
  if (calls.length > 0) lines.push(words.calls(calls))
  lines.push(...streamLines(plan, words))
  for (const [choice, effect] of choicesOf(plan, style)) lines.push(`  ${words.choice(choice, effect)}`)
  if (plan.earliestRetirement !== null)
    lines.push(words.earliest(localTime(plan.earliestRetirement, now, style.timeZone)))
  return lines.map((line) => `  ${line}`).join('\n')
}

/** In the reader's language if the plan has them as data. */
function stepsOf({ steps, tasks }: Plan, { language }: Style): readonly string[] {
  return tasks?.map((task) => planTaskText(task, reportTexts[language].plan)) ?? steps
}

function choicesOf({ onRunningStreams, affected }: Plan, { language }: Style): readonly [string, string][] {
  if (affected === undefined) return Object.entries(onRunningStreams ?? {})
  return Object.entries(reportTexts[language].plan.choices).map(([mode, tell]) => [mode, tell(affected)])
}

function streamLines({ runningStreams, streamDomains }: Plan, words: PlanWords): string[] {
  if (runningStreams === null) return [words.streamsUnknown]
  const where = streamDomains
    .slice(0, SHOWN_DOMAINS)
    .map(({ domain, streams }) => `${domain} ${number(streams)}`)
  const more = streamDomains.length - SHOWN_DOMAINS
  if (more > 0) where.push(words.moreDomains(more))
  return [words.affected(runningStreams, streamDomains.length, where)]
}
