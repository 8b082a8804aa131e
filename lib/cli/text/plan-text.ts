import type { Plan } from '../../rotation/report/report.ts'
import { count, number } from '../../core/counts.ts'
import type { Style } from '../style.ts'
import { humanDuration } from './human.ts'
import { localTime } from './local-time.ts'

const SHOWN_DOMAINS = 10

/** What a rotation would do, for people. */
export function planText(plan: Plan, now: string, { timeZone }: Style): string {
  const lines = plan.steps.map((step, index) => `  ${index + 1}. ${step}`)
  if (plan.sets > 0) {
    lines.push(
      `  ${humanDuration(plan.publishSeconds * 1_000)} until receivers know the key, then ` +
        `${humanDuration(plan.applySeconds * 1_000)} for ${count(plan.sets, 'domain')} at the permitted rate`,
    )
  }
  const calls = Object.entries(plan.calls).map(([name, times]) => `${name} ${number(times)}`)
  if (calls.length > 0) lines.push(`  calls that it needs: ${calls.join(', ')}`)
  lines.push(...streamLines(plan))
  if (plan.earliestRetirement !== null)
    lines.push(
      `  the key before it can leave at ${localTime(plan.earliestRetirement, now, timeZone)} at the earliest`,
    )
  return lines.join('\n')
}

function streamLines({ runningStreams, streamDomains, onRunningStreams }: Plan): string[] {
  if (runningStreams === null)
    return ['  how many running streams it affects is not known: they could not be listed']
  const domains = streamDomains
    .slice(0, SHOWN_DOMAINS)
    .map(({ domain, streams }) => `${domain} ${number(streams)}`)
  const more = streamDomains.length - SHOWN_DOMAINS
  if (more > 0) domains.push(count(more, 'more domain'))
  const where = domains.length > 0 ? ` (${domains.join(', ')})` : ''
  const lines = [
    `  ${count(runningStreams, 'running stream')} on ${count(streamDomains.length, 'domain')} affected${where}`,
  ]
  for (const [choice, effect] of Object.entries(onRunningStreams ?? {})) {
    lines.push(`    --on-running-streams ${choice}: ${effect}`)
  }
  return lines
}
