import { describe, expect, it } from 'vitest'
import type { GroupConfig } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { readKeyset } from '../../lib/keyset/document.ts'
import { Key } from '../../lib/keyset/key.ts'
import { run } from '../../lib/rotation/run.ts'
import { DAY, groupConfig, HOUR, ModelCloud, request, rotationConfig } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const

/** Domains with a key each, as long as any that Live returns. */
function withLongKeys(count: number): Story {
  const story = new Story({
    domains: Array.from({ length: count }, (_, index) => `live${index}.example.com`),
  })
  for (const state of story.cloud.domains.values()) state.key = Key.of(Key.generate().reveal().repeat(8))
  return story
}

describe('more keys on the domains than a keyset has room for', () => {
  it.each([{}, RECONCILE])(
    'stop the group before any effect, and the error says what to do: %o',
    async (wanted) => {
      const story = withLongKeys(150)
      expect(await story.go(wanted)).toMatchObject({
        outcome: 'failed',
        error: { code: 'keysetFull', message: expect.stringContaining('split the group') as string },
        domains: { set: 0 },
      })
      expect(story.cloud.effects).toEqual([])
    },
  )
})

describe('a first keyset', () => {
  const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })
  const denied = new RotatorError('denied', 'not allowed')

  it.each([
    [{}, unavailable],
    [RECONCILE, unavailable],
    [RECONCILE, denied],
    [{ force: true, id: 'first' }, denied],
  ])(
    'is not saved without the key of every domain, and the report names the domain: %o',
    async (wanted, problem) => {
      const story = new Story()
      story.cloud.broken.set('live2.example.com', { query: problem })
      const report = await story.go(wanted)
      expect(report).toMatchObject({
        outcome: 'incomplete',
        error: { message: expect.stringContaining(`live2.example.com (${problem.code})`) as string },
        domains: { set: 0 },
        causes: [{ code: 'domainFailed', subject: 'live2.example.com' }],
      })
      expect(story.cloud.effects).toEqual([])

      story.cloud.broken.clear()
      expect((await story.go(wanted)).outcome).toMatch(/^(rotated|reconciled)$/)
      expect(story.cloud.refusals).toEqual([])
    },
  )

  it('is not saved while the list of domains cannot be read to the end', async () => {
    const story = new Story({ discover: { suffix: '.example.com', exclude: [] } })
    story.cloud.discoveryError = unavailable
    const causes = [{ code: 'discoveryFailed' }]
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'incomplete', causes })
    expect(story.cloud.effects).toEqual([])
  })

  it('may lack the key of a tolerated domain, or of one that does not exist', async () => {
    const story = new Story({ apply: { tolerate: ['live2.example.com'] } })
    story.cloud.broken.set('live2.example.com', { query: denied })
    story.cloud.domains.delete('live3.example.com')
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'incomplete' })
    expect(story.keyset.keys).toHaveLength(1)
  })

  it('waits for no domain in an emergency', async () => {
    const story = new Story()
    story.cloud.broken.set('live2.example.com', { query: unavailable })
    expect(await story.go({ emergency: true, id: 'leak' })).toMatchObject({ outcome: 'incomplete' })
    expect(story.states()[0]).toBe('current')
  })
})

describe('an unknown key', () => {
  it('is imported once for all domains that are on it, and counts as in use', async () => {
    const story = new Story()
    const shared = Key.generate()
    for (const state of story.cloud.domains.values()) state.key = shared
    await story.go(RECONCILE)
    expect(story.keyset.keys).toMatchObject([{ kid: shared.kid, state: 'previous', clearedAt: null }])
  })

  it('is reported by status, with the domains that are on it', async () => {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    const before = story.cloud.effects.length
    const strange = Key.generate()
    for (const domain of ['live1.example.com', 'live3.example.com']) story.setByHand(domain, { key: strange })
    const { warnings } = await story.go({ action: 'status' })
    expect(warnings).toEqual([
      `key ${strange.kid}, found on live1.example.com, live3.example.com, is not in the keyset`,
      expect.stringMatching(/^live1\.example\.com, live3\.example\.com: not on the current key.*reconcile/),
    ])
    expect(story.cloud.effects).toHaveLength(before)
  })

  it('found while an emergency is under way is treated by the mode that the emergency chose', async () => {
    const story = new Story()
    story.cloud.pushAfterSet = false
    await story.go()
    await story.clock.advance(DAY)
    const leak = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const
    await story.go(leak, story.cloud.process({ killAt: 2, killAfterEffect: true }))
    expect(story.states()[0]).toBe('pending')
    const strange = Key.generate()
    story.setByHand('live1.example.com', { key: strange })
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    await story.go(RECONCILE, short)
    const taken = story.keyset.keys.find(({ kid }) => kid === strange.kid)
    expect(taken).toMatchObject({ state: 'compromised', onRunningStreams: 'interrupt', clearedAt: null })
  })
})

describe('the keyset', () => {
  it('of another group is never written: each group needs a secret of its own', async () => {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    const before = story.cloud.effects.length
    story.group = { ...story.group, name: 'other' }
    for (const wanted of [{}, RECONCILE, { emergency: true }]) {
      expect(await story.go(wanted)).toMatchObject({
        outcome: 'failed',
        error: { code: 'keyset', message: expect.stringMatching(/group default, not of other/) as string },
      })
    }
    expect(story.cloud.effects).toHaveLength(before)
  })

  it('that does not exist yet is distinguished from one that could not be read', async () => {
    const story = new Story()
    expect(await story.go({ action: 'status' })).toMatchObject({
      revision: null,
      keyset: 'absent',
      kid: null,
    })
    await story.go()
    expect((await story.go({ action: 'status' })).keyset).toBeUndefined()
  })
})

describe("a key that somebody set behind the rotator's back", () => {
  const [first, second] = ['live1.example.com', 'live2.example.com'] as const
  const setAlone = (story: Story, domain: string, key: Key): Key => {
    story.setByHand(domain, { key })
    return key
  }
  async function rotated(): Promise<Story> {
    const story = new Story()
    story.cloud.pushAfterSet = false
    await story.go()
    await story.clock.advance(DAY)
    return story
  }

  it('is found, not trusted; the domain is repaired, and people are told', async () => {
    const story = await rotated()
    const { kid } = setAlone(story, first, Key.generate())
    expect(await story.go(RECONCILE)).toMatchObject({
      outcome: 'reconciled',
      findings: [
        { kind: 'keyFound', kid, domains: [first] },
        { kind: 'driftRepaired', domains: [first] },
      ],
      causes: [{ code: 'keyFound', subject: kid }],
    })
    expect(story.newest('compromised')).toMatchObject({ kid, found: true, onRunningStreams: 'quarantine' })
    expect(story.kidsOnDomains()).toEqual([story.newest('current').kid])
    const { keys } = await story.go({ action: 'status' })
    expect(keys.find((key) => key.kid === kid)).toMatchObject({ state: 'compromised', found: true })
    // Nobody can have known it before.
    expect(story.cloud.refusals.filter((refusal) => !refusal.includes(kid))).toEqual([])
  })

  it("does not turn the key that is staged in the same save into an emergency's", async () => {
    const story = await rotated()
    const { kid } = setAlone(story, first, Key.generate())
    expect(await story.go({ id: 'monthly' })).toMatchObject({ outcome: 'rotated' })
    expect(story.newest('current').emergency).toBe(false)
    expect(story.cloud.documents.at(-1)?.text).toContain('"emergency":false')
    expect(story.stateOf(kid)).toBe('compromised')
    // A real emergency right after it is one.
    const leaked = story.newest('current').kid
    await story.go({ emergency: true, id: 'leak' })
    expect(story.stateOf(leaked)).toBe('compromised')
  })

  it('is replaced by the current key while a pending one is being published', async () => {
    const story = await rotated()
    const { kid } = setAlone(story, first, Key.generate())
    const process = story.cloud.process()
    process.waitUntil = 0
    expect(await story.go({}, process)).toMatchObject({ outcome: 'waiting', phase: 'publishing' })
    const current = story.newest('current').kid
    expect(story.cloud.domains.get(first)?.key?.kid).toBe(current)
    expect(story.cloud.effects.filter((effect) => effect.startsWith('set '))).toHaveLength(4)
    await story.clock.advance(HOUR)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.kidsOnDomains()).toEqual([story.newest('current').kid])
    expect(story.stateOf(kid)).toBe('compromised')
    // Nobody can have known it before.
    expect(story.cloud.refusals.filter((refusal) => !refusal.includes(kid))).toEqual([])
  })

  it('is eventually revoked, and never trusted again', async () => {
    const story = await rotated()
    const key = setAlone(story, first, Key.generate())
    await story.go(RECONCILE)
    await story.clock.advance(DAY)
    story.pushAll()
    await story.go(RECONCILE)
    await story.clock.advance(DAY)
    await story.go(RECONCILE)
    expect(story.keyset.revoked.map(({ kid }) => kid)).toContain(key.kid)
    story.cloud.mayBeRefused.add(key.kid)
    setAlone(story, second, key)
    await story.go(RECONCILE)
    expect(story.stateOf(key.kid)).toBeUndefined()
    expect(story.kidsOnDomains()).toEqual([story.newest('current').kid])
  })

  it('is one of at most eight; the oldest leaves without a trace', async () => {
    const story = await rotated()
    const kids: string[] = []
    for (let n = 0; n < 10; n++) {
      const { kid } = setAlone(story, first, Key.generate())
      kids.push(kid)
      story.cloud.mayBeRefused.add(kid)
      await story.go(RECONCILE)
    }
    const found = story.keyset.keys.filter((entry) => entry.found === true)
    expect(found.map(({ kid }) => kid)).toEqual(kids.slice(2).reverse())
    expect(story.keyset.revoked).toEqual([])
  })

  it('loses the mark in an emergency, which decides on its streams', async () => {
    const story = await rotated()
    const { kid } = setAlone(story, first, Key.generate())
    await story.go(RECONCILE)
    await story.go({ emergency: true, onRunningStreams: 'interrupt', id: 'leak' }, undefined)
    const entry = story.keyset.keys.find((one) => one.kid === kid)
    expect(entry?.found).toBeUndefined()
    expect(entry?.onRunningStreams ?? 'interrupt').toBe('interrupt')
  })

  it('is trusted if the group says so, even if it is short', async () => {
    const story = await rotated()
    const { kid } = setAlone(story, first, Key.of('short'))
    await story.go(RECONCILE)
    expect(story.newest('compromised')).toMatchObject({ kid, found: true })
    story.group = { ...story.group, adopt: 'trust' }
    const other = setAlone(story, second, Key.of('tiny'))
    expect((await story.go(RECONCILE)).findings).toEqual([
      { kind: 'driftRepaired', domains: [second], kid: story.newest('current').kid },
    ])
    expect([kid, other.kid].map((one) => story.stateOf(one))).toEqual(['previous', 'previous'])
    expect(story.newest('previous').compromisedAt).toBeUndefined()
  })
})

describe('a domain that is new to the group', () => {
  const added = 'live9.example.com'
  async function withDomain(key: Key): Promise<Story> {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    story.cloud.domains.set(added, { enabled: true, key })
    story.cloud.push(added)
    story.group = { ...story.group, domains: [...story.group.domains, added] }
    return story
  }

  it.each([{}, RECONCILE])('brings its own key, which stays accepted: %o', async (wanted) => {
    const key = Key.of('sixteen-letters!')
    const story = await withDomain(key)
    const { findings = [] } = await story.go(wanted)
    expect(findings.filter(({ kind }) => kind === 'keyFound')).toEqual([])
    expect(story.stateOf(key.kid)).toBe('previous')
    expect(story.kidsOnDomains()).toEqual([story.newest('current').kid])
    // Nobody can have known it before it was read.
    expect(story.cloud.refusals.filter((refusal) => !refusal.endsWith('revision 2'))).toEqual([])
  })

  it('is not trusted with a key that is too short', async () => {
    const key = Key.of('fifteen-letters')
    const story = await withDomain(key)
    await story.go(RECONCILE)
    expect(story.newest('compromised')).toMatchObject({ kid: key.kid, found: true })
  })

  it("is known once it is on the group's key, and new again after an absence", async () => {
    const story = await withDomain(Key.generate())
    await story.go(RECONCILE)
    const stranger = Key.generate()
    story.setByHand(added, { key: stranger })
    await story.go(RECONCILE)
    expect(story.stateOf(stranger.kid)).toBe('compromised')

    const { domains } = story.group
    story.group = { ...story.group, domains: domains.filter((name) => name !== added) }
    await story.go(RECONCILE)
    story.group = { ...story.group, domains }
    const own = Key.generate()
    story.setByHand(added, { key: own })
    await story.go(RECONCILE)
    expect(story.stateOf(own.kid)).toBe('previous')
  })

  it('is not recognised by a look that could not list all domains', async () => {
    const story = new Story({ domains: [], discover: { suffix: '.example.com', exclude: [] } })
    await story.go()
    const { known } = story.keyset
    story.cloud.discoveryError = new RotatorError('unavailable', 'no list')
    await story.go(RECONCILE)
    expect(story.keyset.known).toBe(known)
  })
})

it('a document from before known domains were recorded is treated as a first one', async () => {
  const story = new Story()
  await story.go()
  const last = story.cloud.documents.at(-1)
  const { known: _, ...older } = JSON.parse(last?.text ?? '') as Record<string, unknown>
  const text = JSON.stringify(older)
  if (last)
    story.cloud.documents[story.cloud.documents.length - 1] = { ...last, text, keyset: readKeyset(text) }
  const key = Key.generate()
  story.setByHand('live1.example.com', { key })
  await story.go(RECONCILE)
  expect(story.stateOf(key.kid)).toBe('previous')
  const again = Key.generate()
  story.setByHand('live1.example.com', { key: again })
  await story.go(RECONCILE)
  expect(story.stateOf(again.kid)).toBe('compromised')
})

it('a key that another group trusts is not found', async () => {
  const story = new Story()
  await story.go()
  await story.clock.advance(DAY)
  const key = Key.generate()
  story.setByHand('live1.example.com', { key })
  const elsewhere = new ModelCloud(story.clock, ['other1.example.com'])
  elsewhere.domains.set('other1.example.com', { enabled: true, key })
  const other = groupConfig({ name: 'other', secret: 'live/other', domains: ['other1.example.com'] })
  const process = story.cloud.process()
  const theirs = elsewhere.process()
  await story.clock.run(run(request(RECONCILE), rotationConfig(other), theirs.environment()))
  const environment = process.environment()
  const both = {
    ...environment,
    open: (group: GroupConfig) => (group.name === 'other' ? theirs.environment() : environment).open(group),
  }
  await story.clock.run(
    run(request({ ...RECONCILE, group: 'default' }), rotationConfig(story.group, other), both),
  )
  expect(story.stateOf(key.kid)).toBe('previous')
})
