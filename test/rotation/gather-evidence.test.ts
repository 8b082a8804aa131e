import { beforeEach, describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import type { KeyEntry } from '../../lib/keyset/keyset.ts'
import type { ProbeAnswer } from '../../lib/rotation/probe.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import type { GroupContext } from '../../lib/rotation/state/context.ts'
import {
  alarmReceivers,
  askForEvidence,
  askWhoTrusts,
  gatherEvidence,
} from '../../lib/rotation/steps/gather-evidence.ts'
import { groupConfig } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

// How often receivers are asked, with which key, at which pace, and what is told of their answers.

const URL = 'https://hooks.example.com/live?token=abc'
const SHOWN = 'https://hooks.example.com/live'
const HELD: ProbeAnswer = { accepted: true, detail: 'it answered 204', status: 204 }
const REFUSED: ProbeAnswer = { accepted: false, detail: 'it answered 401', status: 401 }
const NOBODY: ProbeAnswer = { accepted: false, detail: 'no connection' }
const from = (instance: string, revision = 7): ProbeAnswer => ({
  ...HELD,
  evidence: { instance, lineage: 'abc', revision },
})
const ONE = from('aaaaaaaaaaaa')

const entry = (appliedAt?: string): KeyEntry => {
  const key = Key.generate()
  return { kid: key.kid, key, state: 'compromised', ...(appliedAt !== undefined && { appliedAt }), extra: {} }
}
const fresh = entry()

let story: Story
let log: LogEvent[]
/** The kids that the receiver was asked about, in order. */
let asked: string[]

beforeEach(() => {
  story = new Story()
  asked = []
})

/** A run whose only receiver answers so, after `takesMs`. */
async function runWith(
  instances: number | null,
  answer: (kid: string, count: number) => ProbeAnswer,
  { takesMs = 0, deadline = Infinity } = {},
): Promise<GroupContext> {
  const process = story.cloud.process()
  log = process.log
  story.group = groupConfig({
    probes: [URL],
    instances: instances === null ? null : new Map([[URL, instances]]),
  })
  const environment = {
    ...process.environment(),
    deadline,
    probe: async (url: string, { kid }: Key) => {
      expect(url).toBe(URL)
      asked.push(kid)
      const count = asked.length
      if (takesMs > 0) await story.clock.sleep(takesMs)
      return answer(kid, count)
    },
  }
  return story.unread(environment)
}

/** How long it takes, in milliseconds. */
async function timeOf(work: Promise<unknown>): Promise<number> {
  const started = story.clock.now()
  await story.clock.run(work)
  return story.clock.now() - started
}

const soon = (): number => story.clock.now() + 1_000

describe('gathering evidence', () => {
  it('asks ten times a second until every instance has shown the key', async () => {
    const run = await runWith(1, () => ONE)
    expect(await timeOf(gatherEvidence(run, fresh.key, soon()))).toBe(300)
    expect(asked).toEqual([fresh.kid, fresh.kid, fresh.kid])
    expect(run.receivers.areProven).toBe(true)
  })

  it('counts the time of an answer as part of the pause', async () => {
    expect(
      await timeOf(gatherEvidence(await runWith(1, () => ONE, { takesMs: 60 }), fresh.key, soon())),
    ).toBe(300)
    const slow = await runWith(1, () => ONE, { takesMs: 150 })
    expect(await timeOf(gatherEvidence(slow, fresh.key, soon()))).toBe(450)
  })

  it('ends when its time is over, and asks nobody after that', async () => {
    const run = await runWith(1, () => REFUSED)
    expect(await timeOf(gatherEvidence(run, fresh.key, soon()))).toBe(1_000)
    expect(asked).toHaveLength(10)
    expect(await timeOf(gatherEvidence(run, fresh.key, story.clock.now()))).toBe(0)
    expect(asked).toHaveLength(10)
  })

  it('ends with the run', async () => {
    const run = await runWith(1, () => REFUSED, { deadline: story.clock.now() + 250 })
    expect(await timeOf(gatherEvidence(run, fresh.key, soon()))).toBe(300)
  })

  it('asks nobody if the number of instances is not stated', async () => {
    expect(await timeOf(gatherEvidence(await runWith(null, () => ONE), fresh.key, soon()))).toBe(0)
    expect(asked).toEqual([])
  })

  it('ends as soon as an answer makes evidence impossible', async () => {
    await timeOf(gatherEvidence(await runWith(1, () => HELD), fresh.key, soon()))
    expect(asked).toHaveLength(1)
  })
})

describe('one probe', () => {
  const probes = { level: 'debug', event: 'probe', kid: fresh.kid, url: SHOWN }

  it('reports an instance when it is first seen, and never a whole URL', async () => {
    const run = await runWith(2, () => ONE)
    for (let n = 0; n < 2; n++) await story.clock.run(askForEvidence(run, URL, fresh.key))
    const probe = { group: 'default', ...probes, accepted: true, message: 'it answered 204' }
    const seen = { instance: 'aaaaaaaaaaaa', revision: 7, seen: 1, expected: 2 }
    expect(log).toEqual([
      probe,
      { group: 'default', level: 'info', event: 'instanceSeen', kid: fresh.kid, url: SHOWN, ...seen },
      probe,
    ])
  })

  it('reports what was answered to a refused probe', async () => {
    await story.clock.run(askForEvidence(await runWith(2, () => REFUSED), URL, fresh.key))
    expect(log).toEqual([{ group: 'default', ...probes, accepted: false, message: 'it answered 401' }])
  })
})

describe('an alarm', () => {
  const kinds = (leaked: readonly KeyEntry[]): string[] =>
    asked.map((kid) => {
      if (kid === fresh.kid) return 'fresh'
      return leaked.some((one) => one.kid === kid) ? 'leaked' : 'unknown'
    })
  const times = (count: number, kind: string): string[] => new Array<string>(count).fill(kind)

  it('asks ten times each if the number of instances is not stated', async () => {
    const leaked = [entry()]
    await timeOf(alarmReceivers(await runWith(null, () => HELD), leaked, fresh, soon()))
    expect(kinds(leaked)).toEqual([...times(10, 'unknown'), ...times(10, 'fresh'), ...times(10, 'leaked')])
    // One key that no document holds is enough: its receiver reads for each.
    expect(new Set(asked).size).toBe(3)
  })

  it('asks twice per instance if it is stated, and for the fresh key until all have shown it', async () => {
    const leaked = [entry()]
    await timeOf(alarmReceivers(await runWith(1, () => ONE), leaked, fresh, soon()))
    expect(kinds(leaked)).toEqual([...times(2, 'unknown'), ...times(3, 'fresh'), ...times(2, 'leaked')])
  })

  it('asks once each if nobody answers', async () => {
    const leaked = [entry()]
    await timeOf(alarmReceivers(await runWith(null, () => NOBODY), leaked, fresh, soon()))
    expect(kinds(leaked)).toEqual(['unknown', 'fresh', 'leaked'])
  })

  it('asks nothing once the run is over', async () => {
    const leaked = [entry()]
    const run = await runWith(null, () => HELD, { deadline: story.clock.now() + 1_450 })
    await timeOf(alarmReceivers(run, leaked, fresh, soon()))
    expect(kinds(leaked)).toEqual([...times(10, 'unknown'), ...times(5, 'fresh')])
    asked = []
    await timeOf(alarmReceivers(run, leaked, fresh, soon()))
    expect(asked).toEqual([])
  })
})

describe('who still trusts a leaked key', () => {
  it('is asked with the last applied key, which stands for the others', async () => {
    const [first, last, never] = [entry('2026-11-01T00:00:00Z'), entry('2026-11-02T00:00:00Z'), entry()]
    for (const leaked of [
      [first, last, never],
      [never, last, first],
      [last, never, first],
    ]) {
      asked = []
      await timeOf(askWhoTrusts(await runWith(1, () => REFUSED), leaked))
      expect(asked).toEqual([last.kid, last.kid])
    }
    expect(log).toEqual([])
  })

  it('is nobody if nothing leaked', async () => {
    await timeOf(askWhoTrusts(await runWith(1, () => HELD), []))
    expect(asked).toEqual([])
  })

  it('is named, by its id if it gave one', async () => {
    const finding = (instances: string[]): unknown => ({
      group: 'default',
      level: 'warn',
      event: 'warning',
      finding: { kind: 'receiverTrustsLeaked', url: SHOWN, instances },
    })
    await timeOf(askWhoTrusts(await runWith(1, (_, n) => (n === 1 ? ONE : REFUSED)), [entry()]))
    expect(log).toEqual([finding(['aaaaaaaaaaaa'])])
    await timeOf(askWhoTrusts(await runWith(1, () => HELD), [entry()]))
    expect(log).toEqual([finding([])])
  })
})
