import { describe, expect, it } from 'vitest'
import type { GroupConfig } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import { run } from '../../lib/rotation/run.ts'
import { DAY, groupConfig, HOUR, ModelCloud, request, rotationConfig } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

it('a request for an unknown group is refused, with the names of the known ones', async () => {
  const config = rotationConfig(groupConfig(), groupConfig({ name: 'events' }))
  const { cloud } = new Story()
  await expect(run(request({ group: 'event' }), config, cloud.process().environment())).rejects.toMatchObject(
    {
      code: 'usage',
      message: 'there is no group "event"; the configuration has default, events',
    },
  )
})

it('a group whose account cannot be reached fails by itself, with nothing done', async () => {
  const story = new Story()
  const process = story.cloud.process()
  process.around = () => Promise.reject(new RotatorError('denied', 'no role'))
  const ask = (action: 'rotate' | 'status'): Promise<unknown> =>
    story.clock.run(run(request({ action }), rotationConfig(story.group), process.environment()))
  const failed = {
    group: 'default',
    outcome: 'failed',
    did: 'nothing',
    phase: 'idle',
    revision: null,
    keyset: 'unread',
    domains: { total: 3, set: 0, unchanged: 0, confirmed: 0, failed: [] },
    keys: [],
    warnings: [],
    error: { code: 'denied', message: 'no role' },
  }
  expect(await ask('rotate')).toMatchObject({
    ok: false,
    groups: [{ ...failed, causes: expect.anything() as unknown }],
  })
  const looked = (await ask('status')) as { groups: object[] }
  expect(looked).toMatchObject({ ok: false, groups: [failed] })
  expect(looked.groups[0]).not.toHaveProperty('causes')
})

it('a report is ok unless a group failed or is incomplete', async () => {
  const story = new Story()
  const process = story.cloud.process()
  const go = (): Promise<{ ok: boolean }> =>
    story.clock.run(run(request({ reason: 'monthly' }), rotationConfig(story.group), process.environment()))
  story.cloud.broken.set('live1.example.com', { query: new RotatorError('denied', 'no') })
  expect((await go()).ok).toBe(false)
  story.cloud.broken.clear()
  expect((await go()).ok).toBe(true)
  expect(process.log).toContainEqual(expect.objectContaining({ event: 'started', reason: 'monthly' }))
})

it('a leaked key that no group knows is a typo, and the message lists the known ones', async () => {
  const story = new Story()
  await expect(story.go({ emergency: true, leaked: ['000000000000'] })).rejects.toThrow(
    'there is no key 000000000000, so it cannot have leaked; the keys are none.',
  )
  await story.go()
  const kids = story.keyset.keys.map(({ kid }) => kid).join(', ')
  await expect(story.go({ emergency: true, leaked: ['000000000000'] })).rejects.toThrow(
    `the keys are ${kids}.`,
  )
})

describe('two groups', () => {
  const other = groupConfig({ name: 'other', secret: 'live/other', domains: ['other1.example.com'] })

  /** A rotated group, and another one that works on a cloud of its own. */
  async function two() {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    const elsewhere = new ModelCloud(story.clock, other.domains)
    const here = story.cloud.process().environment()
    const there = elsewhere.process().environment()
    const go = (
      wanted: Parameters<typeof request>[0],
      openOther: (group: GroupConfig) => Promise<GroupPorts> = there.open,
    ) =>
      story.clock.run(
        run(request(wanted), rotationConfig(story.group, other), {
          ...here,
          open: (group) => (group.name === 'other' ? openOther(group) : here.open(group)),
        }),
      )
    return { story, elsewhere, go }
  }

  it('are not ok together if one of them fails', async () => {
    const { go } = await two()
    const denied = (): Promise<never> => Promise.reject(new RotatorError('denied', 'no role'))
    expect(await go({ action: 'reconcile' }, denied)).toMatchObject({
      ok: false,
      groups: [{ outcome: 'reconciled' }, { outcome: 'failed' }],
    })
    expect((await go({ action: 'reconcile' })).ok).toBe(true)
  })

  it.each([
    ['trusted where the other trusts it', 'reconcile', 'previous'],
    ['not trusted where it has leaked there', 'emergency', 'compromised'],
    ['not trusted where the other cannot be read', 'unread', 'compromised'],
    ['not trusted where the other has no document yet', 'nothing', 'compromised'],
  ] as const)('a key that appears in one is %s', async (_, before, state) => {
    const { story, elsewhere, go } = await two()
    const key = Key.generate()
    elsewhere.domains.set('other1.example.com', { enabled: true, key })
    if (before !== 'nothing') await go({ action: 'reconcile', group: 'other' })
    if (before === 'emergency') await go({ emergency: true, group: 'other', id: 'leak' })
    story.setByHand('live1.example.com', { key })
    const unread = (): Promise<never> => Promise.reject(new RotatorError('denied', 'no'))
    await go({ action: 'reconcile', group: 'default' }, before === 'unread' ? unread : undefined)
    expect(story.stateOf(key.kid)).toBe(state)
  })

  it('a leaked key that only one of them could know is accepted while the other cannot be read', async () => {
    const { go } = await two()
    const denied = (): Promise<never> => Promise.reject(new RotatorError('denied', 'no role'))
    const leak = { emergency: true, id: 'leak', leaked: ['000000000000'] } as const
    expect(await go(leak, denied)).toMatchObject({ groups: [{ outcome: 'notDue' }, { outcome: 'failed' }] })
    const fault = new TypeError('a fault')
    await expect(go(leak, () => Promise.reject(fault))).rejects.toBe(fault)
    await expect(go(leak)).rejects.toMatchObject({ code: 'usage' })
  })
})

it('a failed run asks no receiver after its end', async () => {
  const story = new Story({ probes: ['https://hooks.example.com/'] })
  await story.go()
  await story.clock.advance(2 * HOUR)
  story.cloud.probeAnswer = () => ({ accepted: true, detail: 'it answered 204', status: 204 })
  const process = story.cloud.process()
  process.frozenBefore.set(
    'query',
    story.clock.sleep(500).then(() => Promise.reject(new TypeError('a fault'))),
  )
  process.frozenBefore.get('query')?.catch(() => undefined)
  await story.go({ emergency: true, id: 'leak' }, process).catch(() => undefined)
  const { probe = 0 } = process.calls
  expect(probe).toBeGreaterThan(2)
  await story.clock.advance(10_000)
  expect(process.calls['probe']).toBeLessThanOrEqual(probe + 1)
})

it('an unreadable list of domains is reported with its suffix', async () => {
  const story = new Story({ domains: [], discover: { suffix: '.example.com', exclude: [] } })
  await story.go()
  story.cloud.discoveryError = new RotatorError('unavailable', 'no answer', { retryable: true })
  const { findings } = await story.go({ action: 'reconcile' })
  expect(findings).toContainEqual({
    kind: 'domainsNotListed',
    suffix: '.example.com',
    problem: { code: 'unavailable', message: 'no answer' },
  })
})
