import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AuthSource } from '../../lib/config/types.ts'
import { CALL_TIMEOUT_MS } from '../../lib/core/call-timeout.ts'
import type { FaultRule } from '../../lib/emulator/wire/faults.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { Fence, SetOptions } from '../../lib/rotation/ports.ts'
import { failureOf, GROUP, startCloud, type Cloud } from './cloud.ts'

const DOMAIN = 'live1.example.com'
const ACTIONS = {
  snapshotCallbackAuth: 'SetSnapshotCallbackAuth',
  notifyConfig: 'UpdateLiveSnapshotNotifyConfig',
} as const

let cloud: Cloud

afterEach(async () => {
  vi.restoreAllMocks()
  await cloud.emulator.close()
})

/** Sets a domain under a fault of its sets. */
async function set(
  fault: FaultRule,
  source: AuthSource = 'snapshotCallbackAuth',
  options: Partial<SetOptions> = {},
): Promise<{ key: Key; setting: Promise<void>; sentAt: number[]; landedAt: number[] }> {
  cloud = await startCloud({ domains: 1 })
  const world = cloud.emulator.world.domain(DOMAIN)
  world.notify = { url: 'https://hooks.example.com/', enabled: false, key: null }
  const action = ACTIONS[source]
  const sentAt: number[] = []
  const landedAt: number[] = []
  cloud.emulator.on('after', (call) => {
    if (call.action === action) landedAt.push(cloud.clock.tick())
  })
  cloud.emulator.faults.add({ ...fault, action })
  const { live } = await cloud.alibaba.open({ ...GROUP, authSource: source })
  const key = Key.generate()
  const fence: Fence = async () => {
    sentAt.push(cloud.clock.tick())
    return () => true
  }
  return { key, setting: live.set(DOMAIN, key, { fence, ...options }), sentAt, landedAt }
}

/** The SDK counts its time in timers of its own: puts them on the test's clock. */
function sdkTimersOnTestClock(): void {
  const timers = new WeakMap<object, AbortController>()
  const start = (fire: () => void, ms = 0): NodeJS.Timeout => {
    const stop = new AbortController()
    const timer = globalThis.setInterval(() => undefined, 2 ** 31 - 1).unref()
    timers.set(timer, stop)
    void cloud.clock.sleep(ms, stop.signal).then(fire, () => undefined)
    return timer
  }
  const clear = globalThis.clearTimeout
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(start)
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    clear(timer)
    if (typeof timer === 'object') timers.get(timer)?.abort()
  })
}

describe.each(['snapshotCallbackAuth', 'notifyConfig'] as const)('a set of %s', (source) => {
  it.each(['reset', 'drop', 'html', 'empty', 'hang'] as const)(
    'is sent again only when the previous one can no longer land (%s)',
    async (kind) => {
      const { key, setting, sentAt } = await set({ kind, times: 2 }, source)
      await cloud.clock.run(setting)
      expect(sentAt).toHaveLength(3)
      for (const [index, at] of sentAt.slice(1).entries()) {
        expect(at - (sentAt[index] ?? 0)).toBeGreaterThanOrEqual(CALL_TIMEOUT_MS)
      }
      const { auth, notify } = cloud.emulator.world.domain(DOMAIN)
      expect((source === 'notifyConfig' ? notify : auth)?.key?.kid).toBe(key.kid)
    },
  )

  it('is not sent again if it lands long after its caller gave up', async () => {
    const { setting, sentAt, landedAt } = await set({ kind: 'latency', ms: 8_000, times: 'always' }, source)
    sdkTimersOnTestClock()
    await cloud.clock.run(setting)
    expect(sentAt).toHaveLength(1)
    expect(landedAt.map((at) => at - (sentAt[0] ?? 0))).toEqual([8_000])
  })
})

describe('a set with an unknown outcome', () => {
  it('is given up eventually, and is then no longer in flight', async () => {
    const { setting, sentAt } = await set({ kind: 'reset', times: 'always' })
    expect(await cloud.clock.run(failureOf(setting))).toMatchObject({ code: 'unavailable' })
    expect(sentAt).toHaveLength(4)
    expect(cloud.clock.tick() - (sentAt.at(-1) ?? 0)).toBeGreaterThanOrEqual(CALL_TIMEOUT_MS)
  })

  it('is not awaited beyond the deadline', async () => {
    const { setting, sentAt } = await set({ kind: 'reset', times: 'always' }, undefined, {
      deadline: Date.UTC(2026, 10, 24, 8) + 9_000,
    })
    const error = await cloud.clock.run(failureOf(setting))
    expect(error).toMatchObject({ code: 'deadline', cause: { code: 'unavailable' } })
    expect(sentAt).toHaveLength(1)
    expect(cloud.clock.now()).toBeLessThan(Date.UTC(2026, 10, 24, 8) + 9_000)
  })

  it('is not awaited once its caller is gone', async () => {
    const stop = new AbortController()
    const { setting } = await set({ kind: 'reset' }, undefined, { signal: stop.signal })
    const stopped = new RotatorError('fenced', 'another run goes on')
    void cloud.clock.sleep(3_000).then(() => stop.abort(stopped))
    const before = cloud.clock.tick()
    expect(await cloud.clock.run(failureOf(setting))).toBe(stopped)
    expect(cloud.clock.tick() - before).toBe(3_000)
  })
})
