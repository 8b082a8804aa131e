import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RotationConfig } from '../../lib/config/types.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/index.ts'
import { readKeyset } from '../../lib/keyset/document.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { LocalCloud } from '../support/local-cloud.ts'
import { groupConfig } from '../support/model-cloud.ts'

let cloud: LocalCloud

beforeEach(async () => {
  cloud = await LocalCloud.start({ domains: 60, streams: 0, latencyMs: 20 })
})

afterEach(() => cloud.close())

/** Three groups of twenty domains. */
function threeGroups(): RotationConfig {
  const names = [...cloud.emulator.world.domains.keys()]
  const groups = ['one', 'two', 'three'].map((name, index) =>
    groupConfig({ name, secret: `live/${name}`, domains: names.slice(index * 20, index * 20 + 20) }),
  )
  return { ...cloud.config, groups }
}

describe('several groups', () => {
  it('run concurrently, and share the rate of their account', async () => {
    const report = await cloud.clock.run(cloud.begin({}, { config: threeGroups() }))
    expect(report.groups.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated', 'rotated'])
    expect(new Set(report.groups.map(({ kid }) => kid)).size).toBe(3)
    const ticks = cloud.emulator.calls.of('SetSnapshotCallbackAuth').map(({ tick }) => tick)
    const worst = ticks.map((from) => ticks.filter((tick) => tick >= from && tick < from + 1000).length)
    expect(Math.max(...worst)).toBeLessThanOrEqual(30)
    expect((ticks.at(-1) ?? 0) - (ticks[0] ?? 0)).toBeGreaterThan(2_000)
  })

  it('are not affected by what happens to one of them', async () => {
    const { secrets } = cloud.emulator.world
    secrets.create(LOCAL_ACCOUNT_ID, 'live/two', { versionId: 'v1', data: 'a password of somebody else' })
    const report = await cloud.clock.run(cloud.begin({}, { config: threeGroups() }))
    expect(report.ok).toBe(false)
    expect(report.groups.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['rotated', undefined],
      ['failed', 'keyset'],
      ['rotated', undefined],
    ])
  })

  it('can be rotated one by one', async () => {
    const report = await cloud.clock.run(cloud.begin({ group: 'three' }, { config: threeGroups() }))
    expect(report.groups.map(({ group, outcome }) => [group, outcome])).toEqual([['three', 'rotated']])
    await expect(cloud.begin({ group: 'four' }, { config: threeGroups() })).rejects.toThrow(
      /no group "four"; the configuration has one, two, three/,
    )
  })

  it('refuse a domain that discovery finds in two of them, before any effect', async () => {
    const config = threeGroups()
    const [first, ...others] = config.groups
    if (!first) throw new Error('no groups')
    const greedy = { ...first, domains: [], discover: { suffix: '.example.com', exclude: [] } }
    const report = await cloud.clock.run(
      cloud.begin({}, { config: { ...config, groups: [greedy, ...others] } }),
    )
    expect(report.groups.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['failed', 'config'],
      ['failed', 'config'],
      ['failed', 'config'],
    ])
    expect(cloud.emulator.calls.of('SetSnapshotCallbackAuth')).toEqual([])
    expect(cloud.emulator.calls.of('CreateSecret')).toEqual([])
  })

  it('refuse the keyset of another group in their secret', async () => {
    await cloud.clock.run(cloud.begin({}, { config: threeGroups() }))
    const { secrets } = cloud.emulator.world
    const stored = secrets.get(LOCAL_ACCOUNT_ID, 'live/one').versions.at(-1)?.data.reveal() ?? ''
    expect(readKeyset(stored).group).toBe('one')
    const config = threeGroups()
    const swapped = config.groups.map((group) => ({
      ...group,
      secret: group.name === 'two' ? 'live/one' : group.secret,
    }))
    const report = await cloud.clock.run(
      cloud.begin({ group: 'two' }, { config: { ...config, groups: swapped.slice(1) } }),
    )
    expect(report.groups[0]).toMatchObject({ outcome: 'failed', error: { code: 'keyset' } })
    expect(report.groups[0]?.error?.message).toContain('of group one, not of two')
  })
})

describe('a discovered domain that is no longer listed', () => {
  const discover = { domains: [], discover: { suffix: '.example.com', exclude: [] } }

  it('is rotated with the others while it is being configured, and reported once it is gone', async () => {
    const { world } = cloud.emulator
    const config = { ...cloud.config, groups: [{ ...cloud.group, ...discover }] }
    const go = (action: 'rotate' | 'reconcile'): Promise<Report> =>
      cloud.clock.run(cloud.begin({ action, force: true }, { config }))
    await go('rotate')
    Object.assign(world.domain('live7.example.com'), { status: 'configuring' })
    expect(await go('rotate')).toMatchObject({ groups: [{ outcome: 'rotated', domains: { confirmed: 60 } }] })
    expect(cloud.kidsOnDomains()).toHaveLength(1)

    world.domains.delete('live7.example.com')
    const report = await go('reconcile')
    expect(report).toMatchObject({ groups: [{ outcome: 'reconciled', domains: { total: 59 } }] })
    expect(report.groups[0]?.warnings.join()).toContain(
      'live7.example.com was found by discovery but no longer exists',
    )
  })
})
