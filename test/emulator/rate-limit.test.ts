import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import type { EmulatorOptions } from '../../lib/emulator/options.ts'
import { SlidingWindow } from '../../lib/emulator/wire/rate-limit.ts'
import { TestClock } from '../support/clock.ts'
import { openApiCore, refusal } from './sdks.ts'

const times = fc.array(fc.nat(400), { maxLength: 80 }).map((gaps) => {
  let at = 0
  return gaps.map((gap) => (at += gap % 7 === 0 ? 0 : gap))
})

describe('SlidingWindow', () => {
  it('passes a call exactly when the window that ends with it has room', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 6 }), fc.boolean(), (calls, limit, refusedCount) => {
        const window = new SlidingWindow(limit, 1_000, refusedCount)
        const counted: number[] = []
        for (const at of calls) {
          const passes = counted.filter((time) => time > at - 1_000).length < limit
          expect(window.admit(at)).toBe(passes)
          if (passes || refusedCount) counted.push(at)
        }
      }),
    )
  })

  it('never lets more than the limit through in any window, wherever it begins', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 6 }), (calls, limit) => {
        const window = new SlidingWindow(limit, 1_000)
        const passed = calls.filter((at) => window.admit(at))
        for (const start of passed) {
          expect(passed.filter((at) => at >= start && at < start + 1_000).length).toBeLessThanOrEqual(limit)
        }
      }),
    )
  })
})

describe('the rates of the local cloud', () => {
  let emulator: Emulator
  afterEach(() => emulator.close())

  async function startWith(options: EmulatorOptions): Promise<TestClock> {
    const clock = new TestClock()
    emulator = await startEmulator({ clock, ...options })
    return clock
  }

  async function burst(action: string, count: number, params = {}): Promise<Record<string, number>> {
    const call = openApiCore(emulator.endpoint)
    const ends: Record<string, number> = {}
    for (let i = 0; i < count; i++) {
      const end = await call(action, params).then(
        () => 'ok',
        (error: unknown) => (error as { code: string }).code,
      )
      ends[end] = (ends[end] ?? 0) + 1
    }
    return ends
  }

  it('allow 30 queries in a second, and 30 more after it', async () => {
    const clock = await startWith({})
    const params = { DomainName: 'live1.example.com' }
    expect(await burst('QuerySnapshotCallbackAuth', 33, params)).toEqual({ ok: 30, 'Throttling.User': 3 })
    await clock.advance(999)
    expect(await burst('QuerySnapshotCallbackAuth', 1, params)).toEqual({ 'Throttling.User': 1 })
    await clock.advance(1)
    expect(await burst('QuerySnapshotCallbackAuth', 31, params)).toEqual({ ok: 30, 'Throttling.User': 1 })
    expect(emulator.calls.throttled).toBe(5)
    expect(emulator.calls.counts).toEqual({ QuerySnapshotCallbackAuth: 65 })
  })

  it('count refused calls too under that assumption', async () => {
    const clock = await startWith({ assumptions: { refusedCallsCount: true } })
    const params = { DomainName: 'live1.example.com' }
    await burst('QuerySnapshotCallbackAuth', 30, params)
    await clock.advance(600)
    expect(await burst('QuerySnapshotCallbackAuth', 30, params)).toEqual({ 'Throttling.User': 30 })
    await clock.advance(600)
    expect(await burst('QuerySnapshotCallbackAuth', 1, params)).toEqual({ 'Throttling.User': 1 })
  })

  it('are counted by operation and account', async () => {
    await startWith({
      credentials: [
        { accessKeyId: 'local-access-key-id', accessKeySecret: 'local-access-key-secret', accountId: '1' },
        { accessKeyId: 'sub-user', accessKeySecret: 's', accountId: '1' },
        { accessKeyId: 'other', accessKeySecret: 's', accountId: '2' },
      ],
      limits: { live: { QuerySnapshotCallbackAuth: 2, DescribeLiveUserDomains: 2 } },
    })
    const params = { DomainName: 'live1.example.com' }
    await burst('QuerySnapshotCallbackAuth', 2, params)
    const as = (accessKeyId: string) => openApiCore(emulator.endpoint, { accessKeyId, accessKeySecret: 's' })
    expect(await refusal(as('sub-user')('QuerySnapshotCallbackAuth', params))).toEqual({
      code: 'Throttling.User',
      status: 400,
    })
    expect((await refusal(as('other')('QuerySnapshotCallbackAuth', params))).code).toBe(
      'InvalidDomain.NotFound',
    )
    expect(await burst('DescribeLiveUserDomains', 3)).toEqual({ ok: 2, 'Throttling.User': 1 })
  })

  it('are shared by the operations of a KMS group, and refused with 429', async () => {
    await startWith({ limits: { kms: { query: 3 } } })
    const call = openApiCore(emulator.endpoint)
    const SecretName = 'live/keys'
    await call('CreateSecret', { SecretName, VersionId: 'v1', SecretData: '{}' })
    await call('GetSecretValue', { SecretName })
    await call('DescribeSecret', { SecretName })
    await call('GetSecretValue', { SecretName })
    expect(await refusal(call('DescribeSecret', { SecretName }))).toEqual({
      code: 'Rejected.Throttling',
      status: 429,
    })
    await call('ListSecretVersionIds', { SecretName })
  })
})
