import { afterEach, describe, expect, it } from 'vitest'
import type { GroupConfig, RotationRequest } from '../../lib/config/types.ts'
import type { EmulatorOptions } from '../../lib/emulator/index.ts'
import { currentKey, pendingKey } from '../../lib/keyset/keyset.ts'
import { Killable } from '../support/killable.ts'
import { LocalCloud } from '../support/local-cloud.ts'
import { HOUR, MINUTE } from '../support/model-cloud.ts'

/** One thing that a run does on the local cloud, and what must hold when it was killed and another run finished it. */
interface Row {
  readonly options?: EmulatorOptions
  readonly group?: Partial<GroupConfig>
  readonly before: (cloud: LocalCloud) => Promise<void>
  readonly killed: Partial<RotationRequest>
  readonly then?: (cloud: LocalCloud) => Promise<void>
}

const DOMAINS = 6
const settled = async (cloud: LocalCloud): Promise<void> => {
  await cloud.go()
  await cloud.clock.advance(2 * HOUR)
}

const rows: Record<string, Row> = {
  'a scheduled rotation': { before: settled, killed: { id: 'a' } },
  'retiring by evidence': {
    before: async (cloud) => {
      await settled(cloud)
      for (const stream of cloud.emulator.world.streams.all()) {
        cloud.emulator.world.streams.push(stream, cloud.clock.now())
      }
      await cloud.clock.advance(2 * HOUR)
    },
    killed: { action: 'reconcile' },
    then: async (cloud) => {
      expect(cloud.states()).toEqual(['current'])
    },
  },
  'an emergency with quarantine': { before: settled, killed: { emergency: true, id: 'a' } },
  'an emergency with interrupt': {
    before: settled,
    killed: { emergency: true, id: 'a', onRunningStreams: 'interrupt' },
    then: async (cloud) => {
      expect(cloud.states()).toEqual(['current'])
      // Each stream was pushed once at the start, and once more after it was cut.
      await cloud.clock.advance(MINUTE)
      expect(await cloud.callbacks()).toMatchObject({ quarantined: 0, rejected: 0 })
      for (const { pushes } of cloud.emulator.world.streams.all()) expect(pushes).toBe(2)
    },
  },
  'an emergency with reject': {
    before: settled,
    killed: { emergency: true, id: 'a', onRunningStreams: 'reject' },
    then: async (cloud) => {
      expect(cloud.states()).toEqual(['current'])
      expect(cloud.keyset.revoked).toHaveLength(2)
    },
  },
  'a rollback': {
    before: async (cloud) => {
      await settled(cloud)
      await cloud.go({ force: true })
    },
    killed: { action: 'rollback', id: 'a' },
  },
  'an emergency in the middle of a rotation': {
    before: async (cloud) => {
      await settled(cloud)
      await cloud.go({ force: true }, { process: new Killable(12) })
    },
    killed: { emergency: true, id: 'a' },
  },
  'a repair of drift': {
    before: async (cloud) => {
      await settled(cloud)
      cloud.emulator.world.setKey('live2.example.com', 'set-by-hand-in-the-console')
      const { auth } = cloud.emulator.world.domain('live3.example.com')
      cloud.emulator.world.setKey('live3.example.com', auth?.key.reveal() ?? 'none', false)
    },
    killed: { action: 'reconcile' },
  },
  'a domain found by discovery': {
    group: { domains: [], discover: { suffix: '.example.com', exclude: [] } },
    before: async (cloud) => {
      await settled(cloud)
      cloud.emulator.world.addDomain({ name: 'live-new.example.com' })
    },
    killed: { action: 'reconcile' },
  },
  'domains whose callbacks their SnapshotNotifyConfig signs': {
    group: { authSource: 'notifyConfig' },
    before: async (cloud) => {
      for (const domain of cloud.emulator.world.domains.values()) {
        cloud.emulator.world.setNotify(domain, {
          url: cloud.receiverUrl,
          enabled: true,
          key: domain.auth?.key ?? null,
        })
      }
      await settled(cloud)
    },
    killed: { id: 'a' },
    then: async (cloud) => {
      for (const { notify } of cloud.emulator.world.domains.values()) {
        expect(notify).toMatchObject({ url: cloud.receiverUrl, enabled: true })
        expect(notify?.key?.kid).toBe(currentKey(cloud.keyset)?.kid)
      }
    },
  },
}

let cloud: LocalCloud | undefined

afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

describe.each(Object.entries(rows))('%s', (_, { options, group, before, killed, then }) => {
  async function prepare(): Promise<LocalCloud> {
    await cloud?.close()
    cloud = await LocalCloud.start({ domains: DOMAINS, streams: 2 * DOMAINS, ...options }, group)
    await before(cloud)
    return cloud
  }

  it('ends cleanly, and is finished by a reconcile wherever it was killed', { tags: 'slow' }, async () => {
    const whole = await prepare()
    const uncut = new Killable()
    expect(['rotated', 'reconciled']).toContain((await whole.go(killed, { process: uncut })).outcome)
    await then?.(whole)

    // About ten of its calls, from the first to the last, each before and after its effect.
    const step = Math.max(1, Math.floor(uncut.calls / 10))
    for (let killAt = 1; killAt <= uncut.calls; killAt += step) {
      for (const afterEffect of [false, true]) {
        const here = await prepare()
        const process = new Killable(killAt, afterEffect)
        await here.go(killed, { process })
        expect(process.killed).toBe(true)
        const staged = pendingKey(here.keyset)?.kid

        await here.clock.advance(MINUTE)
        expect(await here.go({ action: 'reconcile' })).toMatchObject({ outcome: 'reconciled' })
        const current = currentKey(here.keyset)?.kid
        expect(pendingKey(here.keyset)).toBeUndefined()
        if (staged) expect(current).toBe(staged)
        if (here.group.authSource === 'snapshotCallbackAuth') expect(here.kidsOnDomains()).toEqual([current])
        const { rejected, lost } = await here.callbacks()
        const mayBeRejected = 'onRunningStreams' in killed && killed.onRunningStreams === 'reject'
        if (!mayBeRejected) expect([rejected, lost]).toEqual([0, 0])
        const began =
          here.keyset.keys.some(({ state }) => state === 'compromised') || here.keyset.revoked.length > 0
        if (!killed.emergency || began) await then?.(here)
      }
    }
  })
})
