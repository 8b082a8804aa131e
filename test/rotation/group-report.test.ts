import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { serializeKeyset } from '../../lib/keyset/document.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { KeyEntry, Keyset } from '../../lib/keyset/keyset.ts'
import type { ProbeAnswer } from '../../lib/rotation/probe.ts'
import { incomplete, waiting } from '../../lib/rotation/report/ending.ts'
import { groupReport } from '../../lib/rotation/report/group-report.ts'
import { withNotices } from '../../lib/rotation/report/notices.ts'
import type { KeyReport } from '../../lib/rotation/report/report.ts'
import type { GroupContext } from '../../lib/rotation/state/context.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const REPORTED = { outcome: 'reported' } as const
const HOOK = 'https://hooks.example.com/live'
const TTL = MINUTE

let story: Story

beforeEach(() => {
  story = new Story()
  story.cloud.latencyMs = 0
})

function iso(agoMs: number): string {
  return new Date(story.clock.now() - agoMs).toISOString()
}

/** A key of its own for each letter. */
function entry(letter: string, rest: Partial<KeyEntry> & Pick<KeyEntry, 'state'>): KeyEntry {
  const key = Key.of(letter.repeat(32))
  return { kid: key.kid, key, extra: {}, ...rest }
}

/** A run that has read a document with these keys. */
async function runWith(keys: readonly KeyEntry[], rest: Partial<Keyset> = {}): Promise<GroupContext> {
  const keyset: Keyset = {
    lineage: 'aaaa',
    group: story.group.name,
    revision: 7,
    ttl: TTL,
    updatedAt: iso(0),
    keys,
    revoked: [],
    extra: {},
    ...rest,
  }
  const savedAt = story.clock.now()
  story.cloud.documents.push({ text: serializeKeyset(keyset), keyset, savedAt, replacedAt: Infinity })
  return story.context()
}

function current(): KeyEntry {
  return entry('a', { state: 'current', appliedAt: iso(DAY) })
}

describe('of a key', () => {
  async function keysOf(keys: readonly KeyEntry[], rest?: Partial<Keyset>): Promise<readonly KeyReport[]> {
    return groupReport(await runWith(keys, rest), REPORTED).keys
  }

  it('says when it reached each state, and omits states that it has not reached', async () => {
    const applied = { createdAt: iso(4 * HOUR), stagedAt: iso(3 * HOUR), appliedAt: iso(2 * HOUR) }
    const compromised = { compromisedAt: iso(HOUR), onRunningStreams: 'quarantine' } as const
    const keys = await keysOf([
      entry('a', { state: 'current', ...applied, clearedAt: null }),
      entry('b', { state: 'previous', ...applied, clearedAt: iso(HOUR) }),
      entry('c', { state: 'previous' }),
      entry('d', { state: 'compromised', ...compromised }),
    ])
    expect(keys.map(({ times }) => times)).toStrictEqual([
      applied,
      { ...applied, clearedAt: iso(HOUR) },
      {},
      { compromisedAt: iso(HOUR) },
    ])
  })

  it('counts the age from its applying, else from its creation, else not at all', async () => {
    const keys = await keysOf([
      entry('a', { state: 'current', createdAt: iso(DAY), appliedAt: iso(HOUR) }),
      entry('b', { state: 'previous', createdAt: iso(2 * HOUR) }),
      entry('c', { state: 'previous' }),
    ])
    expect(keys.map(({ age }) => age)).toEqual([3_600, 7_200, null])
  })

  it('says until when receivers can trust a leaked one, and which ones the rotator did not set', async () => {
    const leaked = { state: 'compromised', onRunningStreams: 'reject', compromisedAt: iso(HOUR) } as const
    const all = [current(), entry('b', { ...leaked, found: true }), entry('c', leaked)]
    const keys = await keysOf(all)
    expect(keys[0]).not.toHaveProperty('untrustedFrom')
    expect(keys.slice(1).map(({ untrustedFrom }) => untrustedFrom)).toEqual([
      iso(HOUR - TTL),
      iso(HOUR - TTL),
    ])
    expect(keys.map((key) => ('found' in key ? key.found : 'absent'))).toEqual(['absent', true, 'absent'])
    const [, held] = await keysOf(all, { cachedUntil: iso(HOUR / 2) })
    expect(held?.untrustedFrom).toBe(iso(HOUR / 2))
    const [, over] = await keysOf(all, { cachedUntil: iso(2 * HOUR) })
    expect(over?.untrustedFrom).toBe(iso(HOUR - TTL))
  })
})

describe('of a group', () => {
  it('omits what there is nothing to say about', async () => {
    const report = groupReport(await runWith([current()]), REPORTED)
    const absent = [
      'findings',
      'receivers',
      'notices',
      'causes',
      'saved',
      'cutOff',
      'applyMs',
      'error',
      'plan',
    ]
    expect(Object.keys(report).filter((name) => absent.includes(name))).toEqual([])
    expect(report).toMatchObject({ phase: 'idle', revision: 7, waitingUntil: null, warnings: [] })
  })

  it('has no keys and no notices without a keyset', async () => {
    const report = groupReport(await story.context(), REPORTED)
    expect(report).toMatchObject({ keyset: 'absent', revision: null, kid: null, keys: [] })
    expect(report).not.toHaveProperty('notices')
  })

  it('shows what people were told', async () => {
    const notices = [{ cause: 'failed', since: iso(HOUR), count: 2, toldAt: iso(MINUTE) }]
    const { extra } = withNotices((await runWith([current()])).ledger.keyset ?? story.keyset, notices)
    expect(groupReport(await runWith([current()], { extra }), REPORTED).notices).toEqual(notices)
  })

  it('says until when it waits, if that is known', async () => {
    const run = await runWith([current()])
    expect(groupReport(run, waiting(story.clock.now())).waitingUntil).toBe(iso(0))
    expect(groupReport(run, waiting()).waitingUntil).toBeNull()
  })

  it('is still publishing while receivers refuse the key, but only then', async () => {
    const run = await runWith([current()])
    const refuse = { kind: 'receiversRefuse', receivers: [{ url: HOOK, detail: 'it answered 401' }] } as const
    expect(groupReport(run, incomplete(refuse))).toMatchObject({
      phase: 'publishing',
      error: { code: 'rotationFailed', finding: refuse },
    })
    expect(groupReport(run, incomplete({ kind: 'tooShort', total: 3 })).phase).toBe('idle')
  })

  it('says why it is incomplete or failed', async () => {
    const run = await runWith([current()])
    const problem = { code: 'fenced', message: 'another run saved' } as const
    expect(groupReport(run, incomplete({ kind: 'superseded', problem })).error).toMatchObject(problem)
    const error = new RotatorError('denied', 'no permission')
    expect(groupReport(run, { outcome: 'failed', error }).error).toEqual({
      code: 'denied',
      message: 'no permission',
    })
  })

  it('says how long domains took from the first set, if there was one', async () => {
    const run = await runWith([current()])
    const { kid } = current()
    const confirmed = {
      level: 'debug',
      event: 'confirmed',
      domain: 'live1.example.com',
      kid,
      attempt: 1,
    } as const
    run.journal.note(confirmed)
    expect(groupReport(run, REPORTED)).not.toHaveProperty('applyMs')
    run.journal.noteSending()
    await story.clock.advance(250)
    run.journal.note(confirmed)
    expect(groupReport(run, REPORTED).applyMs).toBe(250)
  })
})

describe('of receivers', () => {
  const SILENT = 'https://silent.example.com/live'
  const accepted = (instance: string, revision: number, lineage = 'aaaa'): ProbeAnswer => ({
    accepted: true,
    detail: 'it answered 204',
    evidence: { instance, lineage, revision },
  })
  const refused: ProbeAnswer = { accepted: false, detail: 'it answered 401' }

  /** A run with a receiver of two instances, and with one that is never asked. */
  async function probing(): Promise<GroupContext> {
    story.group = { ...story.group, probes: [HOOK, SILENT], instances: new Map([[HOOK, 2]]) }
    return runWith([current()])
  }

  it('shows what each asked one has shown, with the oldest revision of all', async () => {
    const run = await probing()
    expect(groupReport(run, REPORTED)).not.toHaveProperty('receivers')
    const at = story.clock.now()
    run.receivers.note(HOOK, accepted('one', 7), at + 10)
    run.receivers.note(HOOK, accepted('two', 6), at + 20)
    expect(groupReport(run, REPORTED).receivers).toStrictEqual([
      {
        url: HOOK,
        accepted: true,
        instances: [
          { id: 'one', lineage: 'aaaa', revision: 7, seenAt: iso(-10) },
          { id: 'two', lineage: 'aaaa', revision: 6, seenAt: iso(-20) },
        ],
        expected: 2,
        revision: 6,
      },
    ])
  })

  it('shows no revision if none gave evidence', async () => {
    const run = await probing()
    run.receivers.note(SILENT, refused, story.clock.now())
    expect(groupReport(run, REPORTED).receivers).toStrictEqual([
      { url: SILENT, accepted: false, instances: [], expected: null, revision: null },
    ])
  })

  it('names the instances that trust a leaked key, as far as they are known', async () => {
    const run = await probing()
    for (const url of [HOOK, SILENT]) run.receivers.note(url, refused, story.clock.now())
    run.receivers.noteTrust(HOOK, 'one')
    run.receivers.noteTrust(HOOK, undefined)
    const [hook, silent] = groupReport(run, REPORTED).receivers ?? []
    expect(hook?.trusting).toEqual(['one'])
    expect(silent).not.toHaveProperty('trusting')
    run.receivers.noteTrust(SILENT, undefined)
    expect(groupReport(run, REPORTED).receivers?.[1]?.trusting).toEqual([])
  })

  it('says how long a cut-off took to reach them, from the start of the run', async () => {
    const run = await probing()
    const start = run.startedAt
    run.journal.noteCutOff({ savedAt: start + 5, trustGoneAt: start + 90, lineage: 'aaaa', revision: 7 })
    const cutOff = { savedMs: 5, receiversMs: 90, domainsMs: null, interrupted: 0 }
    const unknown = { ...cutOff, firstInstanceMs: null, allInstancesMs: null }
    expect(groupReport(run, REPORTED).cutOff).toEqual(unknown)
    run.receivers.note(HOOK, accepted('one', 6), start + 10)
    run.receivers.note(HOOK, accepted('two', 9, 'bbbb'), start + 20)
    expect(groupReport(run, REPORTED).cutOff).toEqual(unknown)
    run.receivers.note(HOOK, accepted('one', 7), start + 30)
    run.receivers.note(HOOK, accepted('two', 8), start + 40)
    expect(groupReport(run, REPORTED).cutOff).toEqual({ ...unknown, firstInstanceMs: 30 })
  })

  it('says when all of them had shown a cut-off, once that is proven', async () => {
    story.group = { ...story.group, probes: [HOOK], instances: new Map([[HOOK, 2]]) }
    const run = await runWith([current()])
    const start = run.startedAt
    run.journal.noteCutOff({ savedAt: start + 5, trustGoneAt: start + 90, lineage: 'aaaa', revision: 7 })
    for (const [index, instance] of ['one', 'two', 'one', 'two', 'one', 'two'].entries()) {
      expect(groupReport(run, REPORTED).cutOff?.allInstancesMs).toBeNull()
      run.receivers.note(HOOK, accepted(instance, 7), start + 30 + 10 * index)
    }
    expect(groupReport(run, REPORTED).cutOff).toMatchObject({ firstInstanceMs: 30, allInstancesMs: 40 })
  })
})
