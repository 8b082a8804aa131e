import { setTimeout as sleep } from 'node:timers/promises'
import { count } from '../lib/core/counts.ts'
import { sideBySide } from '../lib/core/side-by-side.ts'
import { currentKey, pendingKey, type KeyEntry } from '../lib/keyset/keyset.ts'
import type { GroupReport, Report } from '../lib/rotation/report/report.ts'
import { Killable } from '../test/support/killable.ts'
import { KilledCloud, type KillAt } from './killed-cloud.ts'
import { runOnEmulator } from './on-emulator.ts'
import { none, type Part } from './part.ts'

interface KillStory {
  readonly before: (cloud: KilledCloud) => Promise<void>
  /** The command that is killed and given again; null for the function's timer. */
  readonly args: readonly string[] | null
  /** How the earlier keys lose their trust; by default they stay trusted. */
  readonly distrusts?: 'quarantine' | 'reject' | 'interrupt'
  /** Maximum number of new keys. Default 1. */
  readonly stages?: number
  /** What else must hold in the end. */
  readonly then?: (cloud: KilledCloud) => string[]
}

const settled = async (cloud: KilledCloud): Promise<void> => {
  await runOnEmulator(await cloud.configure())
}

const emergency = (mode: 'quarantine' | 'reject' | 'interrupt'): KillStory => ({
  before: settled,
  args: ['rotate', '--emergency', '--on-running-streams', mode, '--id', 'a', '--wait'],
  distrusts: mode,
})

const KILL_STORIES: Readonly<Record<string, KillStory>> = {
  'first rotation': { before: async () => undefined, args: ['rotate', '--id', 'a', '--wait'] },
  'scheduled rotation': { before: settled, args: ['rotate', '--id', 'a', '--wait'] },
  'scheduled rotation of the built function': { before: settled, args: null },
  'emergency, quarantine': emergency('quarantine'),
  'emergency, reject': emergency('reject'),
  'emergency, interrupt': emergency('interrupt'),
  'emergency during a rotation': {
    ...emergency('quarantine'),
    before: async (cloud) => {
      await settled(cloud)
      const killed = new Killable(10)
      await runOnEmulator(await cloud.configure(), { force: true }, (ports) => killed.wrap(ports)).catch(
        () => null,
      )
    },
  },
  rollback: {
    before: async (cloud) => {
      await settled(cloud)
      await runOnEmulator(await cloud.configure(), { force: true })
    },
    args: ['rollback', '--id', 'a', '--wait'],
    stages: 0,
  },
  'reconcile that repairs drift': {
    before: async (cloud) => {
      await settled(cloud)
      cloud.emulator.world.setKey('live2.example.com', 'SetByHandInTheConsoleOfLive12345')
    },
    args: ['reconcile'],
  },
  'adoption of a new domain': {
    before: async (cloud) => {
      await settled(cloud)
      cloud.emulator.world.addDomain({ name: 'live3.example.com', key: 'TheKeyThatTheNewDomainHadBefore1' })
      await cloud.configure()
    },
    args: ['reconcile'],
  },
  retirement: {
    before: async (cloud) => {
      await settled(cloud)
      const { streams } = cloud.emulator.world
      // Late enough that no stream can sign with the earlier key.
      await sleep(3_000)
      for (const stream of streams.all()) streams.push(stream, Date.now())
      await cloud.configure('0s')
    },
    args: ['reconcile'],
    stages: 0,
    then: ({ keyset }) => (keyset?.keys.length === 1 ? [] : ['the earlier key is still there']),
  },
}

/** Each spends most of its time waiting. */
const SIDE_BY_SIDE = 4
/** The local cloud's own time, and a little more. */
const BACK_WITHIN_MS = 3_500

export const sigkill: Part = {
  name: 'sigkill',
  title: 'Real processes, killed with SIGKILL',
  about:
    'The built command line, and in one story the built function, run as processes in real time against the local ' +
    'cloud. The local cloud kills the process when one of its effects (a save, a set, a cut) has arrived but not ' +
    'happened, or has happened but is not yet answered; then the same command is given again, or Function Compute ' +
    'retries. Meanwhile, snapshot callbacks of all streams go to a receiver without a pause. The killed run may not ' +
    'have printed a report or left a broken receipt; the next one must have finished everything and reported domains, ' +
    'keys and outcome as they are; no genuine callback may have been refused or lost; no second key may have been ' +
    'made; no leaked key may still be trusted; and no stream may have been cut twice.',
  run: async ({ slice }) => {
    const stories = Object.entries(KILL_STORIES).filter(([name]) => !slice || name === 'scheduled rotation')
    const counted = await sideBySide(
      stories,
      async ([name, story]) => ({ name, story, whole: await tell(story) }),
      SIDE_BY_SIDE,
    )
    const cases = counted.flatMap(({ name, story, whole }) =>
      killsOf(whole.effects)
        .filter(({ effect }) => !slice || effect === 1)
        .map((killAt) => ({ name, story, killAt })),
    )
    const told = await sideBySide(
      cases,
      async ({ name, story, killAt }) => {
        const { broken } = await tell(story, killAt)
        return { name, broken: broken.map((what) => `${killAt.moment} effect ${killAt.effect}: ${what}`) }
      },
      SIDE_BY_SIDE,
    )
    return counted.map(({ name, whole }) => {
      const own = told.filter((one) => one.name === name)
      const broken = [...whole.broken, ...own.flatMap((one) => one.broken)]
      return none(
        `${name} (${count(whole.effects, 'effect')}, ${count(own.length, 'kill')})`,
        own.length + 1,
        broken,
      )
    })
  },
}

function killsOf(effects: number): KillAt[] {
  return Array.from({ length: effects }, (_, index) => index + 1).flatMap((effect) => [
    { effect, moment: 'before' as const },
    { effect, moment: 'after' as const },
  ])
}

interface Told {
  readonly broken: readonly string[]
  readonly effects: number
}

/** One story: a run is killed, the same run follows, and an outsider checks what holds then. */
async function tell(story: KillStory, killAt?: KillAt): Promise<Told> {
  const cloud = await KilledCloud.start()
  try {
    const { callbacks, world } = cloud.emulator
    await story.before(cloud)
    const known = new Set((cloud.keyset?.keys ?? []).map(({ kid }) => kid))
    for (const { auth } of world.domains.values()) if (auth !== null) known.add(auth.key.kid)
    const pushes = new Map([...world.streams.all()].map((stream) => [stream, stream.pushes]))
    callbacks.start()

    const { effects, report, broken } = await killed(cloud, story, killAt)
    const wrong = [...broken, ...unfinished(cloud, report)]
    // Encoders that were cut need time to come back.
    if (story.distrusts === 'interrupt') await sleep(BACK_WITHIN_MS)
    await callbacks.round()
    callbacks.stop()
    wrong.push(...refusals(cloud, story, known))
    const fresh = (cloud.keyset?.keys ?? []).filter(({ kid }) => !known.has(kid))
    if (fresh.length > (story.stages ?? 1)) wrong.push(`${fresh.length} new keys`)
    if (story.distrusts !== undefined) wrong.push(...stillTrusted(cloud, story, known))
    if (story.distrusts === 'interrupt') {
      const cuts = [...pushes].map(([stream, before]) => stream.pushes - before)
      if (cuts.some((times) => times !== 1)) wrong.push(`streams were cut ${cuts.join(', ')} times`)
    }
    return { broken: [...wrong, ...(story.then?.(cloud) ?? [])], effects }
  } finally {
    await cloud.close()
  }
}

interface Runs {
  readonly effects: number
  readonly report: GroupReport | undefined
  readonly broken: string[]
}

/** The run that dies, and the one that finishes it. A dead run may say nothing. */
async function killed(cloud: KilledCloud, { args }: KillStory, killAt?: KillAt): Promise<Runs> {
  const broken: string[] = []
  let effects: number
  let report: Report | null
  if (args === null) {
    const run = await cloud.timer('rotate', killAt)
    effects = run.effects
    report = run.report as Report | null
    if (run.starts !== (killAt ? 2 : 1)) broken.push(`${run.starts} instances`)
  } else {
    const json = [...args, '--json']
    const first = await cloud.cli(json, killAt)
    if (killAt && first.signal !== 'SIGKILL') broken.push('it was not killed')
    if (killAt && first.out !== '') broken.push('the killed run printed a report')
    const last = killAt ? await cloud.cli(json) : first
    if (last.code !== 0) broken.push(`the next run ended with ${last.code}: ${last.out.slice(0, 1_000)}`)
    effects = first.effects
    report = last.code === 0 ? (JSON.parse(last.out) as Report) : null
  }
  const receipts = await cloud.storedReceipts()
  for (const receipt of receipts) JSON.parse(receipt)
  // A run that found everything done has nothing to keep a receipt of.
  if (receipts.length > 1) broken.push(`${receipts.length} receipts of one run that ended`)
  return { effects, report: report?.groups[0], broken }
}

/** Compares what the last run reports with what is true. */
function unfinished({ emulator, keyset }: KilledCloud, report: GroupReport | undefined): string[] {
  if (keyset === null || report === undefined) return ['there is no keyset, or no report']
  const found: string[] = []
  const current = currentKey(keyset)
  const isWrong = [...emulator.world.domains.values()].some(({ auth }) => auth?.key.kid !== current?.kid)
  if (pendingKey(keyset) !== undefined) found.push('a key is still pending')
  if (isWrong) found.push('a domain is not on the current key')
  if (!['rotated', 'reconciled', 'notDue'].includes(report.outcome)) found.push(`it says ${report.outcome}`)
  if (report.kid !== current?.kid) found.push('it names another key than the current one')
  // A request that was already served looks at nothing again.
  if (report.outcome !== 'notDue' && report.domains.confirmed !== emulator.world.domains.size) {
    found.push(`it says that ${report.domains.confirmed} domains are confirmed`)
  }
  return found
}

function refusals({ emulator }: KilledCloud, { distrusts }: KillStory, known: ReadonlySet<string>): string[] {
  const { byKid, byStatus, unavailable } = emulator.callbacks.genuine.counts
  const kids = Object.entries(byKid).filter(([kid]) => distrusts !== 'reject' || !known.has(kid))
  const sum = (what: 'rejected' | 'quarantined' | 'lost'): number =>
    kids.reduce((total, [, counts]) => total + counts[what], 0)
  const found: string[] = []
  // 503 is not a refusal: before the first document there is nothing to verify with.
  if (sum('rejected') > unavailable) found.push(`${sum('rejected') - unavailable} callbacks refused`)
  if (sum('lost') > 0) found.push(`${sum('lost')} callbacks lost ${JSON.stringify(byStatus)}`)
  if (distrusts === undefined && sum('quarantined') > 0) found.push(`${sum('quarantined')} quarantined`)
  if (kids.length === 0 && distrusts !== 'reject') found.push('there was no callback')
  return found
}

function stillTrusted(
  { keyset }: KilledCloud,
  { distrusts }: KillStory,
  known: ReadonlySet<string>,
): string[] {
  const isTrusted = ({ kid, state }: KeyEntry): boolean => known.has(kid) && state !== 'compromised'
  const isHeld = ({ kid }: KeyEntry): boolean => known.has(kid)
  const keys = keyset?.keys ?? []
  if (keys.some(isTrusted)) return ['a leaked key is still trusted']
  return distrusts !== 'quarantine' && keys.some(isHeld) ? ['a leaked key was not revoked'] : []
}
