import type { Action } from '../../config/types.ts'
import type { Obstacle } from '../../rotation/report/findings.ts'
import type { GroupReport, KeyReport, Report } from '../../rotation/report/report.ts'
import type { Asked } from './asked.ts'
import { dueAtOf, hasProbes, holdingBack } from './outlook.ts'

/** Reasons without data. */
type PlainReason =
  /** The run ended before everything was done. */
  | 'continue'
  /** Something is missing: see what. */
  | 'diagnose'
  /** Once the cause is fixed: finish. */
  | 'finish'
  /** A rotation is under way, or was abandoned. */
  | 'unfinished'
  /** See whether receivers know the new key, or still trust a leaked one. */
  | 'askReceivers'
  /** Streams that should have been cut are still there. */
  | 'cutAgain'
  /** A run from here has no time limit. */
  | 'withoutTimeLimit'
  /** See the state. */
  | 'watch'
  | 'restore'
  | 'tryAgain'
  | 'repair'

/** A stream that can sign with several keys is listed under each, so that their sum may be too high. */
export interface Streams {
  readonly number: number
  readonly isExact: boolean
}

interface Reasons extends Readonly<Record<PlainReason, unknown>> {
  /** Receivers may not all know the key yet: wait until they do, and finish. */
  readonly stay: { readonly until: string }
  /** The same in the deployed function, whose next timer finishes it by itself. */
  readonly afterWait: { readonly until: string }
  /** The current key is young; `dueAt` if known. */
  readonly young: { readonly age: number | null; readonly dueAt: string | null }
  /** The run with this id is done. */
  readonly sameId: { readonly id: string }
  /** An emergency came a moment ago, and its fresh key is kept. */
  readonly freshKeyKept: { readonly kid: string }
  /** Streams that sign with a leaked key; null if they could not be listed. */
  readonly pushAgain: { readonly streams: Streams | null }
}

/** Why a command is next: what it is for, as data. */
export type ReasonOf<K extends keyof Reasons = keyof Reasons> = {
  readonly [Kind in K]: { readonly kind: Kind } & Reasons[Kind]
}[K]

export type Reason = ReasonOf

/** A command to type next. */
export interface NextStep {
  readonly reason: Reason
  /** The arguments of `live-key-rotator`. */
  readonly args: readonly string[]
}

/** The steps of one group, without its name yet. */
interface GroupSteps {
  readonly group: string
  readonly steps: readonly NextStep[]
}

/**
 * What to type next after a report; empty if everything is done. A step that is the same for all groups names none.
 *
 * @example
 * ```ts
 * nextSteps(report, asked).map(({ args }) => commandLine(args)) // ['live-key-rotator rotate --wait']
 * ```
 */
export function nextSteps(report: Report, asked: Asked): NextStep[] {
  const all = report.groups.map((group): GroupSteps => ({
    group: group.group,
    steps: stepsOf(group, report, asked),
  }))
  const everywhere = (step: NextStep): boolean =>
    asked.group === undefined && all.every(({ steps }) => steps.some((other) => sameArgs(other, step)))
  const named = all.flatMap(({ group, steps }) =>
    steps.map((step) => (everywhere(step) ? step : { ...step, args: [...step.args, '--group', group] })),
  )
  return named
    .filter((step, index) => named.findIndex((other) => sameArgs(other, step)) === index)
    .map(({ reason, args }) => ({ reason, args: [...args, ...asked.place] }))
}

function sameArgs(a: NextStep, b: NextStep): boolean {
  return a.args.join('\0') === b.args.join('\0')
}

function stepsOf(group: GroupReport, report: Report, asked: Asked): NextStep[] {
  switch (group.outcome) {
    case 'rotated':
    case 'reconciled':
      return afterwards(group, asked)
    case 'waiting':
      return [...waits(group, asked), ...afterwards(group, asked)]
    case 'notDue':
      return [notDue(group, report, asked)]
    case 'planned':
      return holdingBack(group, asked.groups).length > 0 ? [step('diagnose', ['doctor'])] : []
    case 'reported':
      return looked(group, asked)
    case 'incomplete':
      return [...obstacleSteps(group, asked), ...afterwards(group, asked)]
    case 'failed':
      return failed(group, asked)
  }
}

/**
 * Continues the request. One that has staged its key is finished, and must not start another; before that, nothing is
 * left to finish, and it is made again in full.
 */
function again(group: GroupReport, asked: Asked, ...flags: readonly string[]): readonly string[] {
  const { action, emergency, flags: own = [] } = asked
  if (!isBegun(group)) return typed(asked, action, ...own, ...flags)
  return typed(asked, action === 'rotate' && emergency === true ? 'reconcile' : action, ...flags)
}

/** Finishes what the request has begun. */
function finished(group: GroupReport, asked: Asked): readonly string[] {
  return isBegun(group) ? typed(asked, 'reconcile') : again(group, asked)
}

/** Whether the key that the request is for is in the keyset. */
function isBegun({ did }: GroupReport): boolean {
  return did === 'staged' || did === 'resumed'
}

/** The action, here or in the function. */
function typed({ invoked }: Asked, action: Action, ...flags: readonly string[]): readonly string[] {
  if (invoked === undefined) return [action, ...flags]
  return ['invoke', ...(action === 'rotate' ? [] : ['--action', action]), ...flags, ...invoked]
}

function waits(group: GroupReport, asked: Asked): NextStep[] {
  const { waitingUntil } = group
  if (waitingUntil === null) return [step('continue', again(group, asked))]
  if (asked.invoked !== undefined)
    return [{ reason: { kind: 'afterWait', until: waitingUntil }, args: again(group, asked) }]
  return [{ reason: { kind: 'stay', until: waitingUntil }, args: again(group, asked, '--wait') }]
}

function notDue(group: GroupReport, report: Report, asked: Asked): NextStep {
  const age = group.keys.find(({ state }) => state === 'current')?.age ?? null
  const dueAt = dueAtOf(group, report.finishedAt, asked.groups)
  const isYoung = dueAt === null || dueAt > report.finishedAt
  if (group.findings?.some(({ kind }) => kind === 'requestServed') === true)
    return { reason: { kind: 'sameId', id: asked.id ?? '' }, args: anotherOf(asked, isYoung) }
  if (!isYoung && asked.id !== undefined)
    return { reason: { kind: 'sameId', id: asked.id }, args: typed(asked, asked.action) }
  return {
    reason: { kind: 'young', age, dueAt: isYoung ? dueAt : null },
    args: typed(asked, asked.action, '--force'),
  }
}

/** Starts another request of the same kind. */
function anotherOf(asked: Asked, isYoung: boolean): readonly string[] {
  if (asked.emergency === true) return forced(asked)
  return typed(asked, asked.action, ...(asked.action === 'rotate' && isYoung ? ['--force'] : []))
}

/** What remains to do after an emergency, whichever run finished it. */
function afterwards(group: GroupReport, asked: Asked): NextStep[] {
  const kept = group.findings?.find(({ kind }) => kind === 'freshKeyKept')
  const steps: NextStep[] = []
  const leaked = group.keys.filter(({ state }) => state === 'compromised')
  if (kept?.kind === 'freshKeyKept')
    steps.push({ reason: { kind: 'freshKeyKept', kid: kept.kid }, args: forced(asked) })
  if (group.cutOff !== undefined && hasProbes(group, asked.groups))
    steps.push(step('askReceivers', ['probe']))
  const streams = streamsOf(leaked)
  if (streams?.number !== 0 && (group.cutOff !== undefined || kept !== undefined) && !leaked.every(isCut))
    steps.push({ reason: { kind: 'pushAgain', streams }, args: forced(asked, 'interrupt') })
  return steps
}

function forced({ invoked }: Asked, mode?: string): readonly string[] {
  const flags = ['--emergency', '--force', ...(mode === undefined ? [] : ['--on-running-streams', mode])]
  return invoked === undefined ? ['rotate', ...flags] : ['invoke', ...flags, ...invoked]
}

function isCut({ onRunningStreams }: KeyReport): boolean {
  return onRunningStreams === 'interrupt'
}

/** How many running streams can sign with a leaked key; null if they could not be listed. */
function streamsOf(leaked: readonly KeyReport[]): Streams | null {
  const counts = leaked.flatMap(({ runningStreams }) => runningStreams ?? [])
  if (counts.length < leaked.length) return null
  return {
    number: counts.reduce((sum, streams) => sum + streams, 0),
    isExact: counts.filter((streams) => streams > 0).length <= 1,
  }
}

/** A status that shows something unfinished. */
function looked(group: GroupReport, asked: Asked): NextStep[] {
  const finish = typed(asked, 'reconcile')
  if (holdingBack(group, asked.groups).length > 0) return [step('diagnose', ['doctor'])]
  if (group.phase === 'publishing' || group.phase === 'applying') return [step('unfinished', finish)]
  const drifted = group.findings?.some(({ kind }) => kind === 'drifted' || kind === 'currentIsBehind')
  return drifted === true ? [step('repair', finish)] : []
}

function obstacleSteps(group: GroupReport, asked: Asked): NextStep[] {
  const finish = finished(group, asked)
  const obstacle: Obstacle | undefined = group.error?.finding
  switch (obstacle?.kind) {
    case 'receiversRefuse':
      return [step('askReceivers', ['probe', '--key', 'pending']), step('finish', finish)]
    case 'streamsLeft':
      return [step('cutAgain', finish)]
    case 'tooShort':
      return [step('withoutTimeLimit', [...finished(group, { ...asked, invoked: undefined }), '--wait'])]
    case 'superseded':
      return [step('watch', ['status'])]
    case 'domainsFailed':
    case 'domainsUnknown':
    case 'keysUnknown':
    case undefined:
      return [step('diagnose', ['doctor']), step('finish', finish)]
  }
}

/** Causes that pass by themselves. */
const PASSING: readonly string[] = ['throttled', 'unavailable', 'timeout', 'conflict', 'fenced']

function failed(group: GroupReport, asked: Asked): NextStep[] {
  const code = group.error?.code
  if (code === 'keyset') return [step('restore', ['keyset', '--restore'])]
  if (code === 'noRollback' || code === 'keysetFull') return [step('watch', ['status'])]
  if (code !== undefined && PASSING.includes(code)) return [step('tryAgain', again(group, asked))]
  const diagnose = step('diagnose', ['doctor'])
  // Nobody should have to look up at night how a leaked key is cut off.
  return asked.emergency === true ? [diagnose, step('finish', again(group, asked))] : [diagnose]
}

function step(kind: PlainReason, args: readonly string[]): NextStep {
  return { reason: { kind }, args }
}
