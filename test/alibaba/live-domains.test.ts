import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlibabaLive } from '../../lib/alibaba/live/live-domains.ts'
import type { Fence, Usage } from '../../lib/rotation/ports.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { FAULT_KINDS, type Assumptions } from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import { failureOf, GROUP, startCloud, type Cloud } from './cloud.ts'

let cloud: Cloud
let live: AlibabaLive
let usage: () => Usage

async function start(
  options: Parameters<typeof startCloud>[0] = {},
  group: Partial<typeof GROUP> = {},
): Promise<void> {
  cloud = await startCloud({ domains: 3, ...options })
  const access = await cloud.alibaba.open({ ...GROUP, ...group })
  live = access.live
  usage = () => access.usage()
}

beforeEach(() => start())
afterEach(() => cloud.emulator.close())

async function restart(...options: Parameters<typeof start>): Promise<void> {
  await cloud.emulator.close()
  await start(...options)
}

const run = <T>(work: Promise<T>): Promise<T> => cloud.clock.run(work)
const fence: Fence = () => Promise.resolve(() => true)
const keyOf = (domain: string): string | undefined => cloud.emulator.world.domain(domain).auth?.key.kid

const DOMAIN = 'live1.example.com'
/** What an attempt can die of that another one may survive. */
const PASSING = FAULT_KINDS.filter((kind) => !/^(latency|hang|crash)/.test(kind))

describe('set and query', () => {
  it('set a key and read it back', async () => {
    const key = Key.generate()
    await run(live.set(DOMAIN, key, { fence }))
    await expect(run(live.query(DOMAIN))).resolves.toEqual({ domain: DOMAIN, enabled: true, key })
  })

  it.each(['blank', 'error'] as const)('report a domain without any key, answered by %s', async (answer) => {
    const assumptions: Partial<Assumptions> = { unconfiguredQuery: answer }
    await restart({ auth: 'unset', assumptions })
    await expect(run(live.query(DOMAIN))).resolves.toEqual({ domain: DOMAIN, enabled: false, key: null })
  })

  it('report that authentication is off', async () => {
    await restart({ auth: 'off' })
    const reading = await run(live.query(DOMAIN))
    expect(reading.enabled).toBe(false)
    expect(reading.key?.kid).toBe(keyOf(DOMAIN))
  })

  it.each(PASSING)('survive two faults of the kind %s', async (kind) => {
    cloud.emulator.faults.add({ kind, times: 2, action: 'SetSnapshotCallbackAuth' })
    const key = Key.generate()
    await run(live.set(DOMAIN, key, { fence }))
    // One whose outcome is not known is read back before it is made again.
    const [sets, unknown] = kind === 'dropAfter' ? [1, 1] : [3, 2]
    const readBacks = ['throttle', 'error'].includes(kind) ? 0 : unknown
    expect(usage().calls).toEqual({
      SetSnapshotCallbackAuth: sets,
      ...(readBacks > 0 && { QuerySnapshotCallbackAuth: readBacks }),
    })
    cloud.emulator.faults.add({ kind, times: 2 })
    await expect(run(live.query(DOMAIN))).resolves.toMatchObject({ key })
    expect(usage().calls).toEqual({
      SetSnapshotCallbackAuth: sets,
      QuerySnapshotCallbackAuth: readBacks + 3,
    })
    expect(usage().throttled).toBe(kind === 'throttle' ? 4 : 0)
  })

  it.each(['hang', 'hangAfter'] as const)('survive a silent server (%s)', async (kind) => {
    cloud.emulator.faults.add({ kind })
    const key = Key.generate()
    const before = cloud.clock.now()
    await run(live.set(DOMAIN, key, { fence }))
    expect(keyOf(DOMAIN)).toBe(key.kid)
    expect(cloud.clock.now() - before).toBeLessThan(12_000)
  })

  it('say that a domain does not exist', async () => {
    for (const call of [
      () => live.set('no.example.com', Key.generate(), { fence }),
      () => live.query('no.example.com'),
    ]) {
      const error = await run(failureOf(call()))
      expect(error).toMatchObject({ code: 'notFound', retryable: false })
      expect(String(error)).toContain('no.example.com')
    }
  })

  it('say what to do about a domain without a callback URL', async () => {
    await restart({ callbackUrl: null })
    const error = await run(failureOf(live.set(DOMAIN, Key.generate(), { fence })))
    expect(error).toMatchObject({ code: 'denied', vendorCode: 'IllegalOperation' })
    expect(String(error)).toContain('callback URL')
  })

  it('give up eventually', async () => {
    cloud.emulator.faults.add({ kind: 'throttle', times: 'always' })
    const error = await run(failureOf(live.set(DOMAIN, Key.generate(), { fence })))
    expect(error).toMatchObject({ code: 'throttled' })
    expect(usage()).toEqual({ calls: { SetSnapshotCallbackAuth: 8 }, throttled: 8 })
  })

  it('start no call after the deadline', async () => {
    cloud.emulator.faults.add({ kind: 'error', times: 'always' })
    const deadline = cloud.clock.now() + 400
    const error = await run(failureOf(live.set(DOMAIN, Key.generate(), { fence, deadline })))
    expect(error).toMatchObject({ code: 'deadline', cause: { vendorCode: 'InternalError' } })
    expect(cloud.clock.now()).toBeLessThanOrEqual(deadline)
  })

  it('start no call if checking the fence took too long', async () => {
    const deadline = cloud.clock.now() + 1_000
    const slow: Fence = async () => {
      await cloud.clock.sleep(2_000)
      return () => true
    }
    await expect(run(live.set(DOMAIN, Key.generate(), { fence: slow, deadline }))).rejects.toMatchObject({
      code: 'deadline',
    })
    expect(usage().calls).toEqual({})
  })
})

describe('the fence', () => {
  it('fails on its own, without counting as an error of Live', async () => {
    await cloud.emulator.close()
    const lines: unknown[] = []
    cloud = await startCloud({ domains: 3 }, { log: (line) => void lines.push(line) })
    const access = await cloud.alibaba.open(GROUP)
    const refused = new RotatorError('throttled', 'KMS refused', { retryable: true, retryAfterMs: 60_000 })
    const options = { fence: () => Promise.reject(refused) }
    await expect(run(access.live.set(DOMAIN, Key.generate(), options))).rejects.toBe(refused)
    expect(access.usage()).toEqual({ calls: {}, throttled: 0 })
    expect(lines).toEqual([])
    const before = cloud.clock.tick()
    await run(access.live.set(DOMAIN, Key.generate(), { fence }))
    expect(cloud.clock.tick() - before).toBeLessThan(1_000)
  })

  it('is asked before every attempt', async () => {
    cloud.emulator.faults.add({ kind: 'error', times: 2 })
    let asked = 0
    const counting: Fence = async () => {
      asked++
      return () => true
    }
    await run(live.set(DOMAIN, Key.generate(), { fence: counting }))
    expect(asked).toBe(3)
  })

  it('ends the set without another call, even with a retryable error', async () => {
    const before = keyOf(DOMAIN)
    const stop = new RotatorError('unavailable', 'KMS is down', { retryable: true })
    let asked = 0
    const refuse: Fence = () => {
      asked++
      return Promise.reject(stop)
    }
    await expect(run(live.set(DOMAIN, Key.generate(), { fence: refuse }))).rejects.toBe(stop)
    expect(asked).toBe(1)
    expect(keyOf(DOMAIN)).toBe(before)
    expect(usage().calls).toEqual({})
  })

  it('is asked after the wait for a slot, right before the call', async () => {
    const asked: number[] = []
    const started = cloud.clock.tick()
    const stop = cloud.emulator.on('before', () => {
      expect(cloud.clock.tick() - (asked.at(-1) ?? 0)).toBe(0)
    })
    await run(
      Promise.all(
        [1, 2, 3].map((n) =>
          live.set(`live${n}.example.com`, Key.generate(), {
            fence: async () => {
              asked.push(cloud.clock.tick())
              return () => true
            },
          }),
        ),
      ),
    )
    stop()
    expect(asked.map((tick) => tick - started)).toEqual([0, 40, 80])
  })
})

describe('pace', () => {
  it('is the configured rate, or the emergency rate if urgent', async () => {
    await restart({ domains: 60 })
    const all = async (urgent: boolean): Promise<number> => {
      const before = cloud.clock.tick()
      const key = Key.generate()
      await run(
        Promise.all(
          Array.from({ length: 60 }, (_, n) => live.set(`live${n + 1}.example.com`, key, { fence, urgent })),
        ),
      )
      return cloud.clock.tick() - before
    }
    expect(await all(false)).toBeCloseTo((59 / 25) * 1_000, 0)
    await cloud.clock.advance(10_000)
    const urgent = await all(true)
    expect(urgent).toBeGreaterThanOrEqual((59 / 29) * 1_000 - 1)
    expect(urgent).toBeLessThan((60 / 29) * 1_000 * 1.01)
    expect(usage().throttled).toBe(0)
  })

  it('is never too fast for the server, however it answers', async () => {
    await restart({ domains: 100 })
    cloud.emulator.latencyMs = 700
    const work = Array.from({ length: 100 }, async (_, n) => {
      const domain = `live${n + 1}.example.com`
      await live.set(domain, Key.generate(), { fence, urgent: n % 2 === 0 })
      await live.query(domain)
      if (n === 50) cloud.emulator.latencyMs = 5
    })
    await run(Promise.all(work))
    expect(cloud.emulator.calls.throttled).toBe(0)
  })

  it('slows down if the server refuses calls anyway', async () => {
    await restart({ domains: 60 })
    cloud.emulator.faults.add({ kind: 'throttle', times: 5 })
    const before = cloud.clock.tick()
    const sets = Array.from({ length: 60 }, (_, n) =>
      live.set(`live${n + 1}.example.com`, Key.generate(), { fence }),
    )
    await run(Promise.all(sets))
    expect(cloud.clock.tick() - before).toBeGreaterThan(1.3 * (65 / 25) * 1_000)
    expect(usage()).toEqual({ calls: { SetSnapshotCallbackAuth: 65 }, throttled: 5 })
  })

  it('belongs to the account: its groups share it', async () => {
    await restart({ domains: 60 })
    const other = await cloud.alibaba.open({ ...GROUP, name: 'other', secret: 'live/other' })
    const before = cloud.clock.tick()
    await run(
      Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          (n % 2 === 0 ? live : other.live).set(`live${n + 1}.example.com`, Key.generate(), { fence }),
        ),
      ),
    )
    expect(cloud.clock.tick() - before).toBeCloseTo((59 / 25) * 1_000, 0)
    expect(usage().calls).toEqual({ SetSnapshotCallbackAuth: 30 })
    expect(other.usage().calls).toEqual({ SetSnapshotCallbackAuth: 30 })
  })
})
