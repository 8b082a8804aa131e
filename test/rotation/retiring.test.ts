import { expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type KeyEntry, type Keyset, type KeyState } from '../../lib/keyset/keyset.ts'
import { Observation } from '../../lib/rotation/state/observation.ts'
import { goingKeys, type Going } from '../../lib/rotation/steps/retire.ts'
import { DAY, groupConfig } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const at = (ms: number): string => new Date(NOW + ms).toISOString()
const entry = (state: KeyState, fields: Partial<KeyEntry> = {}): KeyEntry => {
  const key = Key.generate()
  return { kid: key.kid, key, state, stagedAt: at(-2 * DAY), clearedAt: at(-DAY), extra: {}, ...fields }
}

const ONE = 'live1.example.com'
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

it('old keys go that no domain is on and no stream signs with, and rejected ones at once', () => {
  expect(going(look.withSurvey({ streams: [], unlisted: [] }))).toEqual([
    { entry: dropped },
    { entry: rejected },
    { entry: quarantined },
  ])
})

it('no key goes unless the streams are listed, nor beside a pending one', () => {
  expect(going(look)).toEqual([])
  const surveyed = look.withSurvey({ streams: [], unlisted: [] })
  expect(going(surveyed, { ...keyset, keys: [entry('pending'), ...keyset.keys] })).toEqual([])
  expect(goingKeys(keyset, surveyed, 1, groupConfig(), NOW)).toEqual([])
})

it('a key that goes at the longest overlap takes the streams with it that may sign with it', () => {
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
