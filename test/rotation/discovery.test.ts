import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { run } from '../../lib/rotation/run.ts'
import { DAY, groupConfig, HOUR, request, rotationConfig } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const
const DISCOVER = { suffix: '.example.com', exclude: [] }

let story: Story

beforeEach(() => {
  story = new Story({ domains: [], discover: DISCOVER })
  // A stream that is pushed within clockSkew of the switch could be on either key, and would keep both.
  story.cloud.pushAfterSet = false
})

/** Discovery does not list the domain any more; it may be there all the same. */
function unlist(domain: string): void {
  story.cloud.discoverable = story.cloud.discoverable.filter((name) => name !== domain)
}

describe('a domain that vanishes between two runs', () => {
  it('is reported once, by its name', async () => {
    await story.go()
    unlist('live3.example.com')
    story.cloud.domains.delete('live3.example.com')
    const report = await story.go(RECONCILE)
    expect(report).toMatchObject({ outcome: 'reconciled', domains: { total: 2, confirmed: 2, failed: [] } })
    expect(report.warnings.join()).toContain('live3.example.com was found by discovery but no longer exists')
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled', warnings: [] })
  })

  it('is one warning with all the others, however many there are', async () => {
    const many = Array.from({ length: 54 }, (_, index) => `gone${index}.example.com`)
    for (const domain of many) story.cloud.domains.set(domain, { enabled: true, key: Key.generate() })
    story.cloud.discoverable.push(...many)
    await story.go()
    for (const domain of many) {
      unlist(domain)
      story.cloud.domains.delete(domain)
    }
    const { warnings, findings } = await story.go(RECONCILE)
    expect(warnings).toEqual([
      expect.stringMatching(/^54 domains were found by discovery but no longer exist/),
    ])
    const [gone] = findings ?? []
    expect(gone).toMatchObject({ kind: 'domainsGone', domains: expect.arrayContaining(many) as string[] })
  })

  it('is still managed while it exists, and reported', async () => {
    await story.go()
    unlist('live3.example.com')
    story.setByHand('live3.example.com', story.newest('previous'))
    const report = await story.go(RECONCILE)
    expect(report).toMatchObject({ outcome: 'reconciled', domains: { total: 3, confirmed: 3 } })
    expect(report.warnings.join()).toMatch(/live3\.example\.com: discovery no longer lists/)
    expect(story.kidsOnDomains()).toEqual([story.newest('current').kid])
    expect(story.cloud.refusals).toEqual([])
  })

  it('keeps its key in the document, and comes back with it', async () => {
    await story.go()
    const { kid } = story.newest('current')
    unlist('live3.example.com')
    story.cloud.broken.set('live3.example.com', { set: new RotatorError('denied', 'being configured') })
    await story.clock.advance(DAY)
    expect(await story.go()).toMatchObject({
      outcome: 'rotated',
      domains: { total: 3, confirmed: 2, failed: [{ domain: 'live3.example.com', code: 'denied' }] },
    })
    story.pushAll()
    await story.clock.advance(DAY)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.stateOf(kid)).toBe('previous')
    story.cloud.broken.clear()
    story.cloud.discoverable.push('live3.example.com')
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled', domains: { confirmed: 3 } })
    expect(story.kidsOnDomains()).toEqual([story.newest('current').kid])
    expect(story.cloud.refusals).toEqual([])
  })

  it('is forgotten once it is excluded, or belongs to another group', async () => {
    await story.go()
    const { discovered } = story.keyset
    expect(discovered).toEqual(['live1.example.com', 'live2.example.com', 'live3.example.com'])
    unlist('live2.example.com')
    unlist('live3.example.com')
    story.group = { ...story.group, discover: { ...DISCOVER, exclude: ['live2.example.com'] } }
    const other = groupConfig({ name: 'other', secret: 'other', domains: ['live3.example.com'] })
    const process = story.cloud.process()
    const report = await story.clock.run(
      run(
        request({ ...RECONCILE, group: 'default' }),
        rotationConfig(story.group, other),
        process.environment(),
      ),
    )
    expect(report.groups).toMatchObject([{ outcome: 'reconciled', domains: { total: 1 }, warnings: [] }])
    expect(story.keyset.discovered).toEqual(['live1.example.com'])
  })
})

it('an emergency reaches the domains known from before if the list cannot be read', async () => {
  await story.go()
  await story.clock.advance(2 * HOUR)
  story.cloud.discoveryError = new RotatorError('unavailable', 'no answer', { retryable: true })
  const leaked = story.newest('current').kid
  story.cloud.mayBeRefused.add(leaked)
  const report = await story.go({ emergency: true })
  expect(report).toMatchObject({ outcome: 'incomplete', domains: { total: 3, set: 3, confirmed: 3 } })
  expect(story.kidsOnDomains()).toEqual([story.newest('pending').kid])
  story.cloud.discoveryError = undefined
  expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
  expect(story.stateOf(leaked)).toBe('compromised')
})

it('discovered domains without any key: a reconcile writes no document for them', async () => {
  for (const state of story.cloud.domains.values()) Object.assign(state, { enabled: false, key: null })
  expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled', revision: null })
  expect(story.cloud.keyset).toBeNull()
})

describe('discovery', () => {
  it('that finds nothing stops the group: it does not prove that no key is in use', async () => {
    await story.go()
    await story.clock.advance(DAY)
    story.pushAll()
    await story.clock.advance(DAY)
    const { revision } = story.keyset
    story.cloud.discoverable = []
    for (const wanted of [RECONCILE, {}]) {
      expect(await story.go(wanted)).toMatchObject({
        outcome: 'failed',
        error: { code: 'config', message: expect.stringMatching(/discovery found none/) as string },
      })
    }
    expect(story.keyset.revision).toBe(revision)
    expect(story.cloud.refusals).toEqual([])
  })

  it('leaves excluded domains alone', async () => {
    story.group = { ...story.group, discover: { ...DISCOVER, exclude: ['live2.example.com'] } }
    const before = story.cloud.domains.get('live2.example.com')?.key?.kid
    expect(await story.go()).toMatchObject({ outcome: 'rotated', domains: { total: 2, set: 2 } })
    expect(story.cloud.domains.get('live2.example.com')?.key?.kid).toBe(before)
    expect(story.stateOf(before ?? null)).toBeUndefined()
  })

  it('does not treat a domain that the configuration names as one that may vanish', async () => {
    story.group = { ...story.group, domains: ['live1.example.com'] }
    await story.go()
    expect(story.keyset.discovered).toEqual(['live2.example.com', 'live3.example.com'])
    story.cloud.domains.delete('live1.example.com')
    expect(await story.go(RECONCILE)).toMatchObject({
      outcome: 'incomplete',
      domains: { total: 3, failed: [{ domain: 'live1.example.com', code: 'notFound' }] },
    })
  })
})
