import { afterEach, describe, expect, it } from 'vitest'
import type { EmulatorOptions } from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import { LocalCloud } from '../support/local-cloud.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'

const RECONCILE = { action: 'reconcile' } as const

let here: LocalCloud | undefined
afterEach(async () => {
  await here?.close()
  here = undefined
})

async function rotated(options: EmulatorOptions = {}): Promise<LocalCloud> {
  here = await LocalCloud.start({ domains: 3, streams: 6, ...options })
  expect(await here.go()).toMatchObject({ outcome: 'rotated' })
  await here.clock.advance(DAY)
  return here
}

/** Pushes every stream of a domain again, so that it signs with the key that the domain has now. */
function pushAgain({ emulator, clock }: LocalCloud, domain: string): void {
  for (const stream of emulator.world.streams.ofDomain(domain))
    emulator.world.streams.push(stream, clock.now())
}

describe("a key that somebody sets on a domain behind the rotator's back", () => {
  it('is quarantined by receivers and never accepted, and the domain is repaired', async () => {
    const cloud = await rotated()
    const key = Key.generate()
    cloud.emulator.world.setKey('live1.example.com', key.reveal())
    pushAgain(cloud, 'live1.example.com')
    expect(await cloud.callbacks()).toMatchObject({ accepted: 4, quarantined: 0, rejected: 2 })

    const report = await cloud.go(RECONCILE)
    expect(report).toMatchObject({
      outcome: 'reconciled',
      causes: [{ code: 'keyFound', subject: key.kid }],
    })
    expect(report.keys.find(({ kid }) => kid === key.kid)).toMatchObject({
      state: 'compromised',
      found: true,
    })
    expect(report.warnings.join()).toContain('found, not trusted')
    expect(cloud.kidsOnDomains()).toEqual([report.kid])
    await cloud.clock.advance(MINUTE)
    expect(await cloud.callbacks()).toMatchObject({ accepted: 4, quarantined: 2, rejected: 0 })
    const forged = await cloud.clock.run(cloud.emulator.callbacks.forge(cloud.receiverUrl, key, 3))
    expect(forged).toMatchObject({ accepted: 0, quarantined: 3 })
  })
})

describe('a domain that is added with its own key', () => {
  it('keeps its streams accepted throughout', { tags: 'slow' }, async () => {
    const cloud = await rotated()
    const { world } = cloud.emulator
    const name = 'added.example.com'
    const domain = world.addDomain({ name, key: 'sixteen-letters!', callbackUrl: cloud.receiverUrl })
    const stream = world.streams.add(domain, 'app', 'own')
    world.streams.push(stream, cloud.clock.now())
    // It is new to the group before anybody sends its callbacks to the group's receivers.
    cloud.group = { ...cloud.group, domains: [...cloud.group.domains, name] }
    expect(await cloud.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    for (let hours = 0; hours < 3; hours++) {
      await cloud.clock.advance(HOUR)
      expect(await cloud.callbacks()).toMatchObject({ accepted: 7, quarantined: 0, rejected: 0 })
      expect(await cloud.go(hours === 1 ? {} : RECONCILE)).not.toMatchObject({ outcome: 'failed' })
    }
    expect(cloud.kidsOnDomains()).toHaveLength(1)
  })
})

describe.each([5, -5])('a cloud whose clock is %i minutes ahead', (minutes) => {
  it('causes a warning and retires or revokes nothing by time; once it is fixed, everything continues', async () => {
    const cloud = await rotated()
    const old = cloud.keyset.keys[0]?.kid
    const stateOf = (kid: string | undefined): string | undefined =>
      cloud.keyset.keys.find((entry) => entry.kid === kid)?.state
    cloud.emulator.clockOffsetMs = minutes * MINUTE
    const emergency = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const
    expect(await cloud.go(emergency)).toMatchObject({ outcome: 'incomplete' })
    await cloud.clock.advance(DAY)
    for (const action of ['reconcile', 'status'] as const) {
      const { warnings } = await cloud.go({ action })
      const side = minutes > 0 ? 'ahead of' : 'behind'
      expect(warnings.join()).toMatch(
        new RegExp(`the clock of Alibaba Cloud is (299|300|301) s ${side} the clock`),
      )
    }
    expect(stateOf(old)).toBe('compromised')
    expect(cloud.log.filter(({ event }) => event === 'interrupted')).toEqual([])

    cloud.emulator.clockOffsetMs = 0
    const mended = await cloud.go(RECONCILE)
    expect(mended).toMatchObject({ outcome: 'reconciled', warnings: [] })
    expect(cloud.log.filter(({ event }) => event === 'interrupted')).toHaveLength(6)
    expect(stateOf(old)).toBeUndefined()
    await cloud.clock.advance(MINUTE)
    expect(await cloud.callbacks()).toMatchObject({ accepted: 6, quarantined: 0, rejected: 0 })
  })
})

describe('a list of versions that lags by five seconds', () => {
  it('hides no save: an emergency reports the revision that it saved', async () => {
    const cloud = await rotated({ assumptions: { versionListLagMs: 5_000 } })
    const before = cloud.keyset.revision
    const report = await cloud.go({ emergency: true, id: 'leak' })
    expect(report.outcome).toBe('rotated')
    expect(report.revision).toBe(cloud.keyset.revision)
    expect(report.revision).toBeGreaterThan(before)
    expect(report.keys[0]).toMatchObject({ state: 'current', kid: report.kid })
    expect(report.warnings).toEqual([])
  })
})
