import { describe, expect, it } from 'vitest'
import { RotatorError, type ErrorCode } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type KeyEntry, type Keyset, type KeyState } from '../../lib/keyset/keyset.ts'
import { clocksDisagree } from '../../lib/rotation/state/clocks.ts'
import { checkDomains, withRemembered, type GroupDomains } from '../../lib/rotation/state/group-domains.ts'
import { Journal } from '../../lib/rotation/state/journal.ts'
import { isOn, Observation, type DomainState } from '../../lib/rotation/state/observation.ts'
import { foundKeys, withCleared, withKnown, withSeen } from '../../lib/rotation/state/readings.ts'
import { Receivers } from '../../lib/rotation/state/receivers.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import { knownDomains } from '../../lib/keyset/known.ts'
import { TestClock } from '../support/clock.ts'
import { groupConfig } from '../support/model-cloud.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const at = (ms: number): string => new Date(NOW + ms).toISOString()
const [ONE, TWO, THREE] = ['live1.example.com', 'live2.example.com', 'live3.example.com'] as const
const [a, b] = [Key.generate(), Key.generate()]

const failure = (code: ErrorCode): RotatorError => new RotatorError(code, `it is ${code}`)
const on = (key: Key | null, readAt = NOW, enabled = key !== null): DomainState => ({
  reading: { domain: '', enabled, key },
  readAt,
})
const unread = (code: ErrorCode): DomainState => ({ readAt: 0, failure: failure(code) })

function seen(states: Readonly<Record<string, DomainState>>, look: Partial<GroupDomains> = {}): Observation {
  const names = Object.keys(states)
  const domains = { names, discovered: new Set<string>(), unlisted: [], complete: true, ...look }
  return Observation.of(domains, 3).with(new Map(Object.entries(states)))
}

const entry = (state: KeyState, fields: Partial<KeyEntry> = {}): KeyEntry => {
  const key = fields.key ?? Key.generate()
  return { kid: key.kid, key, state, extra: {}, ...fields }
}
const keyset = (keys: readonly KeyEntry[], fields: Partial<Keyset> = {}): Keyset => ({
  ...newKeyset('default', 'abc'),
  revision: 7,
  keys,
  ...fields,
})

describe('an observation', () => {
  it('of nothing proves nothing', () => {
    const { nothing } = Observation
    expect([nothing.complete, nothing.provesAbsence(0), nothing.ranOutOfTime()]).toEqual([
      false,
      false,
      false,
    ])
    expect([nothing.domains.size, nothing.discovered, nothing.unlisted, nothing.survey]).toEqual([
      0,
      [],
      [],
      undefined,
    ])
    expect([nothing.lastReadAt(), nothing.stateOf(ONE)]).toEqual([0, { readAt: 0 }])
  })

  it('forgets a domain that is gone, wherever it is named', () => {
    const before = seen({ [ONE]: on(a), [TWO]: on(b) }, { discovered: new Set([TWO]), unlisted: [TWO] })
    expect([before.discovered, before.unlisted, before.mayVanish(TWO), before.mayVanish(ONE)]).toEqual([
      [TWO],
      [TWO],
      true,
      false,
    ])
    const after = before.with(new Map([[TWO, null]]))
    expect([[...after.domains.keys()], after.discovered, after.unlisted]).toEqual([[ONE], [], []])
    expect(before.domains.size).toBe(2)
  })

  it('lists the keys on domains once each, the most used first', () => {
    const look = seen({ [ONE]: on(a), [TWO]: on(b), [THREE]: on(b), 'live4.example.com': on(null) })
    expect(look.keysOnDomains().map(({ kid }) => kid)).toEqual([b.kid, a.kid])
    expect([...look.kidsInUse()]).toEqual([b.kid, a.kid])
    const known = keyset([entry('current', { key: b })])
    expect(look.unknownKeys(known).map(({ kid }) => kid)).toEqual([a.kid])
    expect(look.unknownKeys({ ...known, revoked: [{ kid: a.kid, at: at(0), extra: {} }] })).toEqual([])
  })

  it('distinguishes domains on a key: one that is not enabled does not sign', () => {
    const off = on(a, NOW, false)
    const look = seen({ [ONE]: on(a), [TWO]: off, [THREE]: unread('denied') })
    expect([isOn(on(a), a.kid), isOn(off, a.kid), isOn(on(b), a.kid), isOn({ readAt: 0 }, a.kid)]).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect([look.isOn(ONE, a.kid), look.isOn(TWO, a.kid)]).toEqual([true, false])
    expect(look.domainsOn(a.kid)).toEqual([ONE, TWO])
    expect(look.domainsNotOn(a.kid)).toEqual([TWO, THREE])
    // One that was never read may be on a key that is not imported yet.
    expect(look.domainsToSet(a.kid)).toEqual([TWO])
  })

  it('proves that a key is on no domain only if all were read in this generation', () => {
    const full = { [ONE]: on(a), [TWO]: on(b) }
    expect(seen(full).provesAbsence(3)).toBe(true)
    expect(seen(full).provesAbsence(4)).toBe(false)
    expect(seen(full, { complete: false }).provesAbsence(3)).toBe(false)
    const partly = seen({ ...full, [THREE]: unread('denied') })
    expect([partly.unread(), partly.provesAbsence(3)]).toEqual([[THREE], false])
    // One that does not exist is on no key.
    const without = seen({ ...full, [THREE]: unread('notFound') })
    expect([without.unread(), without.provesAbsence(3)]).toEqual([[], true])
    // One that was read, and could not be set then, is known.
    expect(seen({ [ONE]: { ...on(a), failure: failure('denied') } }).unread()).toEqual([])
  })

  it('distinguishes failures from what the run had no time for', () => {
    const look = seen({ [ONE]: unread('deadline'), [TWO]: unread('denied'), [THREE]: on(a) })
    expect([ONE, TWO, THREE].map((domain) => look.failureOf(domain)?.code)).toEqual([
      undefined,
      'denied',
      undefined,
    ])
    expect(look.ranOutOfTime()).toBe(true)
    expect(seen({ [ONE]: on(a), [TWO]: unread('denied') }).ranOutOfTime()).toBe(false)
  })

  it('names what holds a promotion back: failures, except of tolerated and unlisted domains', () => {
    const look = seen({ [ONE]: unread('denied'), [TWO]: unread('denied'), [THREE]: on(a) })
    expect(look.holdingBack(groupConfig())).toEqual([ONE, TWO])
    expect(look.holdingBack(groupConfig({ apply: { tolerate: [ONE] } }))).toEqual([TWO])
    const gone = seen({ [ONE]: unread('denied'), [TWO]: unread('denied') }, { unlisted: [TWO] })
    expect(gone.holdingBack(groupConfig())).toEqual([ONE])
  })

  it('counts as made when the last domain was read', () => {
    expect(seen({ [ONE]: on(a, NOW + 5), [TWO]: on(b, NOW + 9), [THREE]: on(b, NOW + 2) }).lastReadAt()).toBe(
      NOW + 9,
    )
  })
})

describe('what was seen means for a document', () => {
  const rules = {
    adopt: 'newDomains',
    onRunningStreams: 'reject',
    trustedElsewhere: new Set<string>(),
  } as const
  const current = entry('current', { stagedAt: at(-9_000), appliedAt: at(-8_000) })
  const base = keyset([current], { known: '' })
  const knowing = (...domains: readonly string[]): Keyset =>
    withKnown(base, seen(Object.fromEntries(domains.map((domain) => [domain, on(current.key)]))))

  it('an unknown key on a new domain is imported', () => {
    const states = withSeen(base, seen({ [ONE]: on(a) }), rules, NOW).keys.map(({ state }) => state)
    expect(states).toEqual(['current', 'previous'])
  })

  it('an unknown key on a known domain is found, except one that another group trusts', () => {
    const known = knowing(ONE)
    const look = seen({ [ONE]: on(a), [TWO]: on(b) })
    expect(foundKeys(known, look, rules).map(({ kid }) => kid)).toEqual([a.kid])
    expect(foundKeys(known, look, { ...rules, trustedElsewhere: new Set([a.kid]) })).toEqual([])
    expect(foundKeys(known, look, { ...rules, adopt: 'trust' })).toEqual([])
    const { known: _, ...firstLook } = known
    expect(foundKeys(firstLook, look, rules)).toEqual([])
    const { keys } = withSeen(known, look, rules, NOW)
    expect(keys.map(({ kid, state, found }) => [kid, state, found])).toEqual([
      [current.kid, 'current', undefined],
      [b.kid, 'previous', undefined],
      [a.kid, 'compromised', true],
    ])
  })

  it('a key of fewer than 16 characters is found on any domain', () => {
    const [short, long] = [Key.of('x'.repeat(15)), Key.of('x'.repeat(16))]
    const look = seen({ [ONE]: on(short), [TWO]: on(long) })
    expect(foundKeys(base, look, { ...rules, trustedElsewhere: new Set([short.kid]) })).toEqual([short])
  })

  it('a group that trusts all keys trusts found ones again', () => {
    const known = knowing(ONE)
    const distrusting = withSeen(known, seen({ [ONE]: on(a) }), rules, NOW)
    const trusting = withSeen(distrusting, seen({ [ONE]: on(a) }), { ...rules, adopt: 'trust' }, NOW)
    expect(trusting.keys.map(({ state }) => state)).toEqual(['current', 'previous'])
  })

  it('in an emergency an unknown key is treated as the emergency says, whatever this request does', () => {
    const fresh = entry('pending', { stagedAt: at(0), emergency: true, onRunningStreams: 'interrupt' })
    const look = seen({ [ONE]: on(a) })
    const [, imported] = withSeen(keyset([fresh]), look, rules, NOW).keys
    expect(imported).toMatchObject({ kid: a.kid, state: 'compromised', onRunningStreams: 'interrupt' })
    const { onRunningStreams: _, ...silent } = fresh
    const leaked = entry('compromised', { compromisedAt: at(0), onRunningStreams: 'quarantine' })
    const byLeaked = withSeen(keyset([silent, leaked]), look, rules, NOW)
    expect(byLeaked.keys.find(({ kid }) => kid === a.kid)?.onRunningStreams).toBe('quarantine')
    const byRequest = withSeen(keyset([silent]), look, rules, NOW)
    expect(byRequest.keys.find(({ kid }) => kid === a.kid)?.onRunningStreams).toBe('reject')
    expect(withSeen(keyset([fresh]), seen({}), rules, NOW).keys).toEqual([fresh])
  })

  it('a cleared key that a domain is on is in use again', () => {
    const old = entry('previous', { clearedAt: at(-5_000), stagedAt: at(-9_000) })
    const { keys } = withSeen(keyset([current, old]), seen({ [ONE]: on(old.key) }), rules, NOW)
    expect(keys[1]?.clearedAt).toBeNull()
  })

  it('a domain still on a key under interrupt is late', () => {
    const leaked = entry('compromised', {
      compromisedAt: at(0),
      onRunningStreams: 'interrupt',
      clearedAt: null,
    })
    const { keys } = withSeen(keyset([current, leaked]), seen({ [ONE]: on(leaked.key) }), rules, NOW)
    expect(keys[0]?.late).toEqual([ONE])
    const quarantined = { ...leaked, onRunningStreams: 'quarantine' } as const
    const other = withSeen(keyset([current, quarantined]), seen({ [ONE]: on(leaked.key) }), rules, NOW)
    expect(other.keys[0]?.late).toBeUndefined()
  })

  it('known domains are those enabled on the group’s own keys, as long as they are listed', () => {
    const imported = entry('previous')
    const look = seen({
      [ONE]: on(current.key),
      [TWO]: on(imported.key),
      [THREE]: on(current.key, NOW, false),
    })
    const known = withKnown(keyset([current, imported]), look)
    expect([ONE, TWO, THREE].map(knownDomains(known))).toEqual([true, false, false])
    const gone = seen({ [TWO]: on(imported.key) })
    expect(knownDomains(withKnown(known, gone))(ONE)).toBe(false)
    const partly = seen({ [TWO]: on(imported.key) }, { complete: false })
    expect(knownDomains(withKnown(known, partly))(ONE)).toBe(true)
    const empty = keyset([])
    expect(withKnown(empty, look)).toBe(empty)
  })

  it('discovered domains are recorded if the list is complete and there is a key', () => {
    const look = { discovered: new Set([ONE]) }
    const states = { [ONE]: on(current.key) }
    expect(withSeen(base, seen(states, look), rules, NOW).discovered).toEqual([ONE])
    expect(withSeen(base, seen(states, { ...look, complete: false }), rules, NOW).discovered).toBeUndefined()
    expect(withSeen(keyset([]), seen({ [ONE]: on(null) }, look), rules, NOW).discovered).toBeUndefined()
  })

  it('old keys are cleared when the last domain was read', () => {
    const old = entry('previous', { clearedAt: null })
    const look = seen({ [ONE]: on(current.key, NOW + 5) })
    expect(withCleared(keyset([current, old]), look, 3).keys[1]?.clearedAt).toBe(at(5))
    expect(withCleared(keyset([current, old]), look, 4).keys[1]?.clearedAt).toBeNull()
  })
})

describe('the domains of a group', () => {
  const discover = { suffix: '.example.com', exclude: [THREE] }
  const group = groupConfig({ discover })
  const found: GroupDomains = { names: [ONE], discovered: new Set([ONE]), unlisted: [], complete: true }

  it('include those that were discovered before, except excluded ones and other groups’', () => {
    const before = keyset([], { discovered: [ONE, TWO, THREE, 'live4.example.com', 'live.example.org'] })
    const others = new Map([['other', ['live4.example.com']]])
    expect(withRemembered(found, group, before, others)).toEqual({
      names: [ONE, TWO],
      discovered: new Set([ONE, TWO]),
      unlisted: [TWO],
      complete: true,
    })
    expect(withRemembered(found, group, null, others)).toEqual(found)
    expect(withRemembered(found, groupConfig(), before, others)).toBe(found)
  })

  it('must exist, and belong to no other group', () => {
    const empty = { ...found, names: [] }
    expect(() => checkDomains(group, empty, new Map())).toThrow(
      'group default has no domains: discovery found none that end in .example.com. ' +
        'Check the suffix, the account and the exclusions',
    )
    // Where the list is incomplete, nobody knows.
    expect(() => checkDomains(group, { ...empty, complete: false }, new Map())).not.toThrow()
    expect(() => checkDomains(group, found, new Map([['other', [TWO]]]))).not.toThrow()
    const six = Array.from({ length: 6 }, (_, n) => `live${n}.example.com`)
    expect(() => checkDomains(group, { ...found, names: six }, new Map([['other', six]]))).toThrow(
      `${six.slice(0, 5).join(', ')}: in group default and in group other; a domain belongs to one group. ` +
        'Remove it from one of them, or exclude it from its discovery',
    )
  })
})

describe('clocks', () => {
  it('disagree by more than the skew minus a second, and by more than a second', () => {
    const apart = (aheadMs: number, clockSkewMs: number): boolean =>
      clocksDisagree(aheadMs, groupConfig({ overlap: { minMs: 0, maxMs: 0, clockSkewMs } }))
    expect([59_000, 59_001, -59_000, -59_001].map((ms) => apart(ms, 60_000))).toEqual([
      false,
      true,
      false,
      true,
    ])
    expect([1_000, 1_001].map((ms) => apart(ms, 500))).toEqual([false, true])
  })
})

describe('a journal', () => {
  const clock = new TestClock(NOW)
  const logged: LogEvent[] = []
  const begin = (): Journal => new Journal((event) => void logged.push(event), clock)
  const set = (domain: string): LogEvent => ({ level: 'debug', event: 'set', domain, kid: a.kid })
  const saved = (change: 'distrusted' | 'staged'): LogEvent => ({
    level: 'info',
    event: 'saved',
    revision: 4,
    change,
  })

  it('begins with nothing', () => {
    const {
      did,
      set: none,
      saved: saves,
      interrupted,
      firstSetAt,
      lastConfirmedAt,
      cutOff,
      warnings,
    } = begin()
    expect({ did, none, saves, interrupted, firstSetAt, lastConfirmedAt, cutOff, warnings }).toEqual({
      did: 'nothing',
      none: new Set(),
      saves: 0,
      interrupted: 0,
      firstSetAt: undefined,
      lastConfirmedAt: undefined,
      cutOff: undefined,
      warnings: [],
    })
  })

  it('describes a run by its weightiest effect', () => {
    const repaired = begin()
    repaired.note(set(ONE))
    expect([repaired.did, [...repaired.set]]).toEqual(['repaired', [ONE]])
    const cut = begin()
    cut.note({ level: 'info', event: 'interrupted', domain: ONE, stream: `${ONE}/live/main` })
    expect([cut.did, cut.interrupted]).toEqual(['resumed', 1])
    const further = begin()
    further.note(saved('distrusted'))
    expect([further.did, further.saved]).toEqual(['resumed', 1])
    const other = begin()
    other.note(saved('staged'))
    expect(other.did).toBe('nothing')
    const resumed = begin()
    resumed.noteResumed()
    resumed.note(set(ONE))
    expect(resumed.did).toBe('resumed')
    resumed.note({ level: 'info', event: 'staged', kid: a.kid })
    expect(resumed.did).toBe('staged')
  })

  it('keeps the first sending and the last confirmation', async () => {
    const journal = begin()
    journal.noteSending()
    await clock.advance(50)
    journal.noteSending()
    journal.note({ level: 'debug', event: 'confirmed', domain: ONE, kid: a.kid, attempt: 1 })
    expect([journal.firstSetAt, journal.lastConfirmedAt]).toEqual([NOW, NOW + 50])
    await clock.advance(50)
    journal.note(set(ONE))
    expect(journal.lastConfirmedAt).toBe(NOW + 50)
    journal.note({ level: 'debug', event: 'confirmed', domain: TWO, kid: a.kid, attempt: 1 })
    expect(journal.lastConfirmedAt).toBe(NOW + 100)
  })

  it('logs everything, but each warning once', () => {
    logged.length = 0
    const journal = begin()
    const finding = { kind: 'leakedElsewhere', kids: [a.kid] } as const
    journal.warn(finding)
    journal.warn(finding)
    journal.warn({ kind: 'driftRepaired', domains: [ONE], kid: a.kid }, 'info')
    journal.note(set(ONE))
    expect(logged).toEqual([
      { level: 'warn', event: 'warning', finding },
      { level: 'info', event: 'warning', finding: { kind: 'driftRepaired', domains: [ONE], kid: a.kid } },
      set(ONE),
    ])
    expect(journal.warnings).toHaveLength(2)
  })
})

describe('receivers', () => {
  const [hooks, backup] = ['https://hooks.example.com/', 'https://backup.example.com/']
  const evidence = { instance: 'a'.repeat(12), lineage: 'abc', revision: 7 }
  const yes = { accepted: true, detail: 'it answered 204', evidence }

  it('are proven once each has shown all its instances, and never without receivers', () => {
    expect(new Receivers({ probes: [], instances: null }).areProven).toBe(false)
    const receivers = new Receivers({
      probes: [hooks, backup],
      instances: new Map([
        [hooks, 1],
        [backup, 1],
      ]),
    })
    for (let n = 0; n < 3; n++) receivers.note(hooks, yes, NOW)
    expect(receivers.areProven).toBe(false)
    for (let n = 0; n < 3; n++) receivers.note(backup, yes, NOW)
    expect(receivers.areProven).toBe(true)
    expect(receivers.evidence.map(({ url, expected }) => [url, expected])).toEqual([
      [hooks, 1],
      [backup, 1],
    ])
  })

  it('without a stated number of instances are never proven', () => {
    const receivers = new Receivers({ probes: [hooks], instances: null })
    for (let n = 0; n < 9; n++) expect(receivers.note(hooks, yes, NOW)).toBe(receivers.of(hooks))
    expect([receivers.of(hooks).expected, receivers.areProven]).toEqual([null, false])
    expect(receivers.of(backup)).toMatchObject({ url: backup, expected: null, instances: [] })
  })

  it('that trust a leaked key are named with the instances that identify themselves', () => {
    const receivers = new Receivers({ probes: [hooks, backup], instances: null })
    expect(receivers.trusting).toEqual([])
    receivers.noteTrust(hooks, 'one')
    receivers.noteTrust(hooks, 'two')
    receivers.noteTrust(hooks, undefined)
    receivers.noteTrust(backup, undefined)
    expect(receivers.trusting).toEqual([
      { url: hooks, instances: ['one', 'two'] },
      { url: backup, instances: [] },
    ])
  })
})
