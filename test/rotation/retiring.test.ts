import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type KeyEntry, type Keyset, type KeyState } from '../../lib/keyset/keyset.ts'
import { Observation } from '../../lib/rotation/state/observation.ts'
import { goingKeys, retireKeys, type Going } from '../../lib/rotation/steps/retire.ts'
import { DAY, groupConfig, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const at = (ms: number): string => new Date(NOW + ms).toISOString()
const entry = (state: KeyState, fields: Partial<KeyEntry> = {}): KeyEntry => {
  const key = Key.generate()
  return { kid: key.kid, key, state, stagedAt: at(-2 * DAY), clearedAt: at(-DAY), extra: {}, ...fields }
}

const ONE = 'live1.example.com'
const RECONCILE = { action: 'reconcile' } as const
const current = entry('current')
const inUse = entry('previous')
const dropped = entry('previous')
const rejected = entry('compromised', { onRunningStreams: 'reject', clearedAt: null })
const quarantined = entry('compromised', { onRunningStreams: 'quarantine' })
const kept = entry('previous', { clearedAt: null })
const keyset: Keyset = {
  ...newKeyset('default', 'abc'),
  keys: [current, inUse, dropped, kept, rejected, quarantined],
}
const look = Observation.of({ names: [ONE], discovered: new Set(), unlisted: [], complete: true }, 0).with(
  new Map([[ONE, { reading: { domain: ONE, enabled: true, key: inUse.key }, readAt: NOW }]]),
)
const going = (seen: Observation, document = keyset): Going[] =>
  goingKeys(document, seen, 0, groupConfig(), NOW)

it('old keys go if no domain is on them and no stream signs with them, and rejected ones at once', () => {
  expect(going(look.withSurvey({ streams: [], unlisted: [] }))).toStrictEqual([
    { entry: dropped },
    { entry: rejected },
    { entry: quarantined },
  ])
})

it('no key goes unless the streams are listed, or while one is pending', () => {
  expect(going(look)).toEqual([])
  const surveyed = look.withSurvey({ streams: [], unlisted: [] })
  expect(going(surveyed, { ...keyset, keys: [entry('pending'), ...keyset.keys] })).toEqual([])
  expect(goingKeys(keyset, surveyed, 1, groupConfig(), NOW)).toEqual([])
})

it('a key that goes at overlap.max is reported with the streams that may sign with it', () => {
  const old = { ...dropped, clearedAt: at(-31 * DAY), stagedAt: at(-40 * DAY) }
  const unlisted = look.withSurvey({ streams: [], unlisted: [ONE] })
  expect(going(unlisted, { ...keyset, keys: [current, old] })).toEqual([{ entry: old, expired: [] }])
})

it('a rotation logs the key that it promoted', async () => {
  const story = new Story()
  const first = story.cloud.process()
  await story.go({}, first)
  const { kid } = story.newest('current')
  expect(first.log).toContainEqual(expect.objectContaining({ event: 'promoted', kid }))
})

describe('after a rotation', () => {
  /** A day later, with every stream pushed again since: nothing signs with the old keys any more. */
  async function rotated(): Promise<Story> {
    const story = new Story()
    story.cloud.pushAfterSet = false
    await story.go()
    await story.clock.advance(HOUR)
    story.pushAll()
    await story.clock.advance(DAY)
    return story
  }

  it('no list of streams is read and nothing is saved if no old key is left', async () => {
    const story = await rotated()
    await story.go(RECONCILE)
    expect(story.states()).toEqual(['current'])
    const { revision } = story.keyset
    const process = story.cloud.process()
    await story.go(RECONCILE, process)
    expect(process.calls['streams']).toBeUndefined()
    expect(story.keyset.revision).toBe(revision)
  })

  it('the document records without one which domains have come to the key', async () => {
    const story = await rotated()
    await story.go(RECONCILE)
    const { revision } = story.keyset
    const fourth = 'live4.example.com'
    story.cloud.domains.set(fourth, { enabled: false, key: null })
    story.group = { ...story.group, domains: [...story.group.domains, fourth] }
    const process = story.cloud.process()
    await story.go(RECONCILE, process)
    expect(process.log.filter(({ event }) => event === 'saved')).toMatchObject([{ change: 'known' }])
    expect(process.calls['streams']).toBeUndefined()
    await story.go(RECONCILE)
    expect(story.keyset.revision).toBe(revision + 1)
  })

  it('streams are not listed again if that was done', async () => {
    const story = await rotated()
    const process = story.cloud.process()
    const context = await story.context(RECONCILE, process)
    context.look(look.withSurvey({ streams: [], unlisted: [] }))
    await story.clock.run(retireKeys(context))
    expect(process.calls['streams']).toBeUndefined()
  })

  it('no key goes by time while the clocks disagree', async () => {
    const story = await rotated()
    story.cloud.aheadMs = 10 * MINUTE
    await story.go(RECONCILE)
    expect(story.states()).toContain('previous')
    story.cloud.aheadMs = 0
    await story.go(RECONCILE)
    expect(story.states()).toEqual(['current'])
  })

  it('a key that goes anyway is reported, with the domains whose streams could not be listed', async () => {
    const story = await rotated()
    const { kid } = story.newest('previous')
    await story.clock.advance(31 * DAY)
    story.cloud.broken.set(ONE, { streams: new RotatorError('denied', 'no') })
    const { findings = [] } = await story.go(RECONCILE)
    const expired = findings.filter((finding) => finding.kind === 'keyExpired')
    expect(expired).toContainEqual({ kind: 'keyExpired', kid, streams: [], domains: [ONE] })
  })
})

describe('the save that promotes', () => {
  it('also revokes what an emergency rejects', async () => {
    const story = new Story()
    await story.go()
    await story.clock.advance(2 * HOUR)
    const { kid } = await story.go({ emergency: true, onRunningStreams: 'reject', id: 'leak' })
    const promoted = story.cloud.documents.find(
      ({ keyset: { keys } }) => keys[0]?.kid === kid && keys[0].state === 'current',
    )
    expect(promoted?.keyset.keys).toHaveLength(1)
    expect(promoted?.keyset.revoked.length).toBeGreaterThan(1)
  })

  it.each([
    ['interrupt', [ONE]],
    ['quarantine', undefined],
  ] as const)('records late domains only for streams that are cut: %s', async (onRunningStreams, late) => {
    const story = new Story()
    await story.go()
    await story.clock.advance(2 * HOUR)
    story.cloud.broken.set(ONE, { set: new RotatorError('denied', 'no') })
    await story.go({ emergency: true, onRunningStreams, id: 'leak' })
    expect(story.newest('current').late).toEqual(late)
  })

  it('is reported once, by the run that made it', async () => {
    const story = new Story()
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    await story.go({}, short)
    await story.clock.advance(2 * MINUTE)
    const [one, two] = [story.cloud.process(), story.cloud.process()]
    const both = [one, two].map((process) => story.begin(RECONCILE, process))
    await story.clock.run(Promise.all(both))
    const told = [...one.log, ...two.log].filter(({ event }) => event === 'promoted')
    expect(told).toHaveLength(1)
  })
})
