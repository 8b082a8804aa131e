import type { RotationRequest } from '../lib/config/types.ts'
import { FAULT_KINDS, type FaultKind, type FaultRule } from '../lib/emulator/wire/faults.ts'
import { currentKey, pendingKey } from '../lib/keyset/keyset.ts'
import type { GroupReport } from '../lib/rotation/report/report.ts'
import { LocalCloud } from '../test/support/local-cloud.ts'
import { HOUR, MINUTE } from '../test/support/model-cloud.ts'
import { seeded } from '../test/support/seeded.ts'
import { count, none, type Part, type Row } from './part.ts'

type Wanted = Partial<RotationRequest>

const REQUESTS: readonly Wanted[] = [
  { force: true, id: 'a' },
  { emergency: true, id: 'b' },
  { emergency: true, onRunningStreams: 'interrupt', id: 'c' },
  { action: 'rollback', id: 'd' },
]
/** Without crashes, which end the process: the crash part has those. */
const KINDS = FAULT_KINDS.filter((kind) => !kind.startsWith('crash'))
const SHARE = 0.3
const PRODUCTS = {
  KMS: ['GetSecretValue', 'ListSecretVersionIds', 'PutSecretValue', 'DescribeSecret'],
  Live: ['SetSnapshotCallbackAuth', 'QuerySnapshotCallbackAuth', 'DescribeLiveStreamsOnlineList'],
}
/** As many runs as a timer makes in two hours. */
const MOST_RUNS = 12

export const faults: Part = {
  name: 'faults',
  title: 'Calls that fail, reads that lag, clouds that are down',
  about:
    'Rotations, emergencies and rollbacks run through the real SDKs on the local cloud. During the request and the ' +
    `reconciles after it, ${SHARE * 100} % of all calls fail in one of ${KINDS.length} ways (${KINDS.join(', ')}), ` +
    'and reads show what was set or saved up to 5 seconds late. Then KMS or Live goes down for minutes in the middle ' +
    'of a run. The group must converge, no genuine callback may be refused at any time, and every run that is not ' +
    'done must say why, or until when it waits.',
  run: async ({ slice }) => [...(await manyFaults(slice ? 4 : 100)), ...(await outages(slice))],
}

/** Decides which of the coming calls fail, and how. */
function rules(calls: number, random: () => number): FaultRule[] {
  const found: FaultRule[] = []
  let spared = 0
  for (let call = 0; call < calls; call++) {
    if (random() >= SHARE) spared++
    else {
      const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'error'
      // A rule counts only the calls that no earlier rule has hit.
      found.push({ kind, after: spared, ms: Math.floor(random() * 5_000) })
    }
  }
  return found
}

interface Told {
  readonly found: string[]
  readonly runs: number
  readonly unsaid: string[]
}

async function manyFaults(stories: number): Promise<Row[]> {
  const all: Told[] = []
  let calls = 0
  let failed = 0
  for (let seed = 1; seed <= stories; seed++) {
    const random = seeded(seed)
    const assumptions = {
      queryLagMs: Math.floor(random() * 5_000),
      versionListLagMs: Math.floor(random() * 5_000),
    }
    const cloud = await LocalCloud.start({ domains: 5, streams: 10, assumptions })
    try {
      await settle(cloud)
      cloud.emulator.calls.clear()
      for (const rule of rules(3_000, random)) cloud.emulator.faults.add(rule)
      const told = await converge(cloud, REQUESTS[seed % REQUESTS.length] ?? {}, `seed ${seed}`)
      all.push(told)
      const records = cloud.emulator.calls.of()
      calls += records.length
      failed += records.filter(({ fault }) => fault !== null).length
    } finally {
      await cloud.close()
    }
  }
  const runs = all.reduce((sum, told) => sum + told.runs, 0)
  const share = `${((100 * failed) / calls).toFixed(0)} % of ${count(calls)} calls`
  return [
    none(
      `${stories} stories with ${share} failed: not converged, or a callback refused`,
      stories,
      all.flatMap(({ found }) => found),
    ),
    none(
      'unfinished runs that did not say why',
      runs,
      all.flatMap(({ unsaid }) => unsaid),
    ),
  ]
}

async function settle(cloud: LocalCloud): Promise<void> {
  await cloud.go()
  await cloud.clock.advance(2 * HOUR)
  await cloud.go({ force: true })
  await cloud.clock.advance(2 * HOUR)
  await cloud.callbacks()
}

/** Runs the request, then reconciles until one has nothing left to do. */
async function converge(cloud: LocalCloud, wanted: Wanted, name: string): Promise<Told> {
  const found: string[] = []
  const unsaid: string[] = []
  for (let runs = 1; ; runs++) {
    const report = await cloud.go(runs === 1 ? wanted : { action: 'reconcile' }, {
      deadline: cloud.clock.now() + 10 * MINUTE,
    })
    if (!saysWhy(report)) unsaid.push(`${name}, run ${runs}: ${report.outcome}`)
    const { rejected, lost } = await cloud.callbacks()
    if (rejected + lost > 0) found.push(`${name}, run ${runs}: ${rejected} callbacks rejected, ${lost} lost`)
    const current = currentKey(cloud.keyset)?.kid
    const settled = !pendingKey(cloud.keyset) && cloud.kidsOnDomains().every((kid) => kid === current)
    if (runs > 1 && report.outcome === 'reconciled' && settled) return { found, runs, unsaid }
    if (runs === MOST_RUNS) {
      found.push(`${name}: not converged after ${runs} runs, the last ${report.outcome}`)
      return { found, runs, unsaid }
    }
    await cloud.clock.advance(10 * MINUTE)
  }
}

function saysWhy({ outcome, error, waitingUntil, domains }: GroupReport): boolean {
  if (outcome === 'waiting') return waitingUntil !== null || error !== undefined
  if (outcome === 'failed' || outcome === 'incomplete')
    return error !== undefined || domains.failed.length > 0
  return true
}

async function outages(slice: boolean): Promise<Row[]> {
  const rows: Row[] = []
  const ways: readonly FaultKind[] = slice ? ['drop'] : ['drop', 'error', 'hang']
  for (const [product, actions] of Object.entries(PRODUCTS)) {
    const found: string[] = []
    let stories = 0
    const said = new Set<string>()
    for (const kind of ways) {
      for (const wanted of slice ? REQUESTS.slice(0, 1) : REQUESTS) {
        stories++
        const cloud = await LocalCloud.start({ domains: 5, streams: 10 })
        try {
          await settle(cloud)
          const running = cloud.begin(wanted)
          // At once, during the publication, and during the reconciles of half an hour.
          const down = (async () => {
            await cloud.clock.sleep(stories % 2 === 0 ? 500 : 30_000)
            for (const action of actions) cloud.emulator.faults.add({ kind, action, times: 'always' })
            await cloud.clock.sleep(5 * MINUTE)
          })()
          const [report] = await cloud.clock.run(Promise.all([running, down]))
          const during = await cloud.go({ action: 'reconcile' })
          for (const one of [...report.groups, during]) {
            if (!saysWhy(one)) found.push(`${kind}: ${one.outcome} without a reason`)
            if (one.error) said.add(one.error.code)
          }
          cloud.emulator.faults.clear()
          found.push(...(await converge(cloud, { action: 'reconcile' }, kind)).found)
        } finally {
          await cloud.close()
        }
      }
    }
    const codes = [...said].join(', ') || 'nothing'
    rows.push(
      none(
        `${product} down for minutes (reported as ${codes}): not converged, or a callback refused`,
        stories,
        found,
      ),
    )
  }
  return rows
}
