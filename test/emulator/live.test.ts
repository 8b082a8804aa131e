import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import type { EmulatorOptions } from '../../lib/emulator/options.ts'
import { TestClock } from '../support/clock.ts'
import { openApiCore, refusal, type Fields } from './sdks.ts'

const KEY = 'abcdefghijklmnopqrstuvwxyz012345'
const LIVE1 = { DomainName: 'live1.example.com' }

let emulator: Emulator
let clock: TestClock
let call: (action: string, params?: Fields) => Promise<Fields>

async function start(options: EmulatorOptions = {}): Promise<void> {
  clock = new TestClock()
  emulator = await startEmulator({ clock, random: () => 0.5, ...options })
  call = openApiCore(emulator.endpoint)
}
beforeEach(() => start())
afterEach(() => emulator.close())

async function restart(options: EmulatorOptions): Promise<void> {
  await emulator.close()
  await start(options)
}

describe('SnapshotCallbackAuth', () => {
  it.each<[string, Fields]>([
    ['MissingParam', { CallbackReqAuth: 'yes', CallbackAuthKey: KEY }],
    ['MissingParam', { ...LIVE1, CallbackAuthKey: KEY }],
    ['MissingParam', { ...LIVE1, CallbackReqAuth: 'no' }],
    ['MalformedParam', { ...LIVE1, CallbackReqAuth: 'true', CallbackAuthKey: KEY }],
    [
      'InvalidDomain.NotFound',
      { DomainName: 'other.example.com', CallbackReqAuth: 'yes', CallbackAuthKey: KEY },
    ],
    [
      'InvalidDomain.NotFound',
      { DomainName: 'push1.example.com', CallbackReqAuth: 'yes', CallbackAuthKey: KEY },
    ],
  ])('answers %s to a wrong Set', async (code, params) => {
    expect((await refusal(call('SetSnapshotCallbackAuth', params))).code).toBe(code)
  })

  it("keeps a domain's key while authentication is off", async () => {
    await call('SetSnapshotCallbackAuth', { ...LIVE1, CallbackReqAuth: 'no', CallbackAuthKey: KEY })
    expect(await call('QuerySnapshotCallbackAuth', LIVE1)).toMatchObject({
      CallbackReqAuth: 'no',
      CallbackAuthKey: KEY,
    })
  })

  it('shows blank fields after it is deleted, or an error under that assumption', async () => {
    await call('DeleteSnapshotCallbackAuth', LIVE1)
    expect(await call('QuerySnapshotCallbackAuth', LIVE1)).toMatchObject({
      ...LIVE1,
      CallbackReqAuth: '',
      CallbackAuthKey: '',
    })
    await restart({ auth: 'unset', assumptions: { unconfiguredQuery: 'error' } })
    expect(await refusal(call('QuerySnapshotCallbackAuth', LIVE1))).toEqual({
      code: 'ConfigNotFound',
      status: 404,
    })
  })

  it('needs a callback URL, unless the assumption is off', async () => {
    const set = { ...LIVE1, CallbackReqAuth: 'yes', CallbackAuthKey: KEY }
    await restart({ callbackUrl: null })
    expect(await refusal(call('SetSnapshotCallbackAuth', set))).toEqual({
      code: 'IllegalOperation',
      status: 403,
    })
    await restart({ callbackUrl: null, assumptions: { setWithoutCallbackUrl: 'accept' } })
    await call('SetSnapshotCallbackAuth', set)
  })

  it('shows the old key for a while under that assumption', async () => {
    await restart({ assumptions: { queryLagMs: 2_000 } })
    const shown = async (): Promise<unknown> =>
      (await call('QuerySnapshotCallbackAuth', LIVE1))['CallbackAuthKey']
    const old = await shown()
    await call('SetSnapshotCallbackAuth', { ...LIVE1, CallbackReqAuth: 'yes', CallbackAuthKey: KEY })
    expect(await shown()).toBe(old)
    await clock.advance(1_999)
    expect(await shown()).toBe(old)
    await clock.advance(1)
    expect(await shown()).toBe(KEY)
  })

  it.each(['on', 'off', 'unset'] as const)('begins %s', async (auth) => {
    await restart({ auth })
    const answer = await call('QuerySnapshotCallbackAuth', LIVE1)
    expect(answer['CallbackReqAuth']).toBe({ on: 'yes', off: 'no', unset: '' }[auth])
    expect(String(answer['CallbackAuthKey'])).toHaveLength(auth === 'unset' ? 0 : 32)
  })
})

describe('LiveSnapshotNotifyConfig', () => {
  const config = { ...LIVE1, NotifyUrl: 'http://127.0.0.1/cb', NotifyReqAuth: 'yes', NotifyAuthKey: KEY }

  it('is added once, updated in parts, described and deleted', async () => {
    expect(await call('DescribeLiveSnapshotNotifyConfig', LIVE1)).toMatchObject({
      NotifyUrl: '',
      NotifyReqAuth: '',
    })
    await call('AddLiveSnapshotNotifyConfig', config)
    expect(await refusal(call('AddLiveSnapshotNotifyConfig', config))).toEqual({
      code: 'ConfigAlreadyExists',
      status: 409,
    })
    const NotifyAuthKey = KEY.toUpperCase()
    await call('UpdateLiveSnapshotNotifyConfig', { ...LIVE1, NotifyAuthKey })
    expect(await call('DescribeLiveSnapshotNotifyConfig', LIVE1)).toMatchObject({ ...config, NotifyAuthKey })
    await call('DeleteLiveSnapshotNotifyConfig', LIVE1)
    expect((await refusal(call('UpdateLiveSnapshotNotifyConfig', config))).code).toBe('ConfigNotFound')
  })

  it.each<[string, Fields]>([
    ['MissingParam', { ...LIVE1, NotifyReqAuth: 'no' }],
    ['MissingParam', { ...LIVE1, NotifyUrl: 'http://127.0.0.1/', NotifyReqAuth: 'yes' }],
    ['MalformedParam', { ...config, NotifyAuthKey: 'tooShort' }],
    ['MalformedParam', { ...config, NotifyAuthKey: `${KEY.slice(1)}-` }],
    ['MalformedParam', { ...config, NotifyUrl: 'nowhere' }],
  ])('answers %s to a wrong Add', async (code, params) => {
    expect((await refusal(call('AddLiveSnapshotNotifyConfig', params))).code).toBe(code)
  })
})

describe('DescribeLiveUserDomains', () => {
  beforeEach(() => restart({ domains: 120 }))

  async function names(params: Fields): Promise<string[]> {
    const answer = await call('DescribeLiveUserDomains', params)
    const { PageData } = answer['Domains'] as { PageData: { DomainName: string }[] }
    return PageData.map(({ DomainName }) => DomainName)
  }

  it('pages, at most 50 at a time', async () => {
    const all: string[] = []
    for (let PageNumber = 1; PageNumber <= 3; PageNumber++) {
      all.push(...(await names({ PageNumber, PageSize: 50, LiveDomainType: 'liveVideo' })))
    }
    expect(new Set(all).size).toBe(120)
    expect(await names({})).toHaveLength(20)
    expect((await refusal(names({ PageSize: 51 }))).code).toBe('MalformedParam')
    expect(await call('DescribeLiveUserDomains', { PageSize: 1 })).toMatchObject({
      TotalCount: 240,
      PageNumber: 1,
      PageSize: 1,
      Domains: {
        PageData: [
          { LiveDomainStatus: 'online', LiveDomainType: 'liveVideo', GmtCreated: '2026-11-24T08:00:00Z' },
        ],
      },
    })
  })

  it('filters by name, type and status', async () => {
    const search = (DomainName: string, DomainSearchType: string) =>
      names({ DomainName, DomainSearchType, PageSize: 50 })
    expect(await search('live12', 'pre_match')).toEqual(['live12.example.com', 'live120.example.com'])
    expect(await search('e120.example.com', 'suf_match')).toEqual(['live120.example.com'])
    expect(await search('live1.example.com', 'full_match')).toEqual(['live1.example.com'])
    expect(await search('119', 'fuzzy_match')).toEqual(['live119.example.com', 'push119.example.com'])
    emulator.world.domain('live1.example.com').status = 'check_failed'
    expect(
      await names({ DomainName: 'live1.', LiveDomainType: 'liveVideo', DomainStatus: 'online' }),
    ).toEqual([])
    expect(await names({ DomainName: 'live1.', LiveDomainType: 'liveVideo' })).toEqual(['live1.example.com'])
  })

  it('shows an added domain and no removed one', async () => {
    emulator.world.addDomain({ name: 'other.example.org' })
    emulator.world.removeDomain('live1.example.com')
    expect(await names({ DomainName: '.org' })).toEqual(['other.example.org', 'push.other.example.org'])
    expect(await names({ DomainName: 'live1.' })).toEqual([])
  })
})

describe('DescribeLiveStreamsOnlineList', () => {
  async function list(params: Fields): Promise<Fields[]> {
    const answer = await call('DescribeLiveStreamsOnlineList', { ...LIVE1, ...params })
    return (answer['OnlineInfo'] as { LiveStreamOnlineInfo: Fields[] }).LiveStreamOnlineInfo
  }

  it('pages through thousands of streams of one domain', async () => {
    await restart({ streams: 7_000 })
    const sizes: number[] = []
    const seen = new Set<unknown>()
    for (let PageNum = 1; PageNum <= 3; PageNum++) {
      const page = await list({ PageNum, PageSize: 3_000, StreamType: 'raw' })
      sizes.push(page.length)
      for (const { StreamName } of page) seen.add(StreamName)
    }
    expect([sizes, seen.size]).toEqual([[3_000, 3_000, 1_000], 7_000])
    expect((await refusal(list({ PageSize: 3_001 }))).code).toBe('MalformedParam')
    expect(await call('DescribeLiveStreamsOnlineList', { ...LIVE1, OnlyStream: 'yes' })).toMatchObject({
      TotalNum: 7_000,
      TotalPage: 4,
      PageSize: 2_000,
    })
  })

  it('distinguishes transcoded twins and the ingest domain', async () => {
    const { world } = emulator
    const domain = world.domain('live1.example.com')
    world.streams.push(world.streams.add(domain, 'app', 'one', { transcoded: true }), clock.now() + 700)
    world.streams.push(world.streams.add(domain, 'app', 'two', { publishType: 'center' }), clock.now())
    world.streams.add(domain, 'app', 'offline')
    const found = (entries: Fields[]) => entries.map(({ StreamName }) => StreamName)
    expect(found(await list({}))).toEqual(['one', 'one_lhd', 'two'])
    expect(found(await list({ StreamType: 'raw' }))).toEqual(['one', 'two'])
    expect(found(await list({ StreamType: 'trans' }))).toEqual(['one_lhd'])
    expect(found(await list({ StreamType: 'raw', AppName: 'ap', StreamName: 'w' }))).toEqual(['two'])
    expect(found(await list({ QueryType: 'strict', StreamName: 'tw' }))).toEqual([])
    const [one, two] = await list({ StreamType: 'raw' })
    expect(one).toMatchObject({
      DomainName: 'live1.example.com',
      PublishDomain: 'push1.example.com',
      PublishType: 'edge',
      // Whole seconds.
      PublishTime: '2026-11-24T08:00:00Z',
      Transcoded: 'no',
    })
    expect(two).toMatchObject({ PublishDomain: 'live1.example.com', PublishType: 'center' })
    expect(Object.keys((await list({ OnlyStream: 'yes' }))[0] ?? {})).toEqual([
      'DomainName',
      'AppName',
      'StreamName',
      'PublishTime',
    ])
  })

  it('requires the streaming domain', async () => {
    const asked = call('DescribeLiveStreamsOnlineList', { DomainName: 'push1.example.com' })
    expect((await refusal(asked)).code).toBe('InvalidDomain.NotFound')
  })
})

describe('ForbidLiveStream', () => {
  const address = {
    DomainName: 'push1.example.com',
    AppName: 'live',
    StreamName: 'stream1',
    LiveStreamType: 'publisher',
  }
  beforeEach(() => restart({ streams: 1, repushDelay: { min: 2_000, max: 2_000 } }))

  async function online(): Promise<string[]> {
    const answer = await call('DescribeLiveStreamsOnlineList', LIVE1)
    const { LiveStreamOnlineInfo } = answer['OnlineInfo'] as {
      LiveStreamOnlineInfo: { PublishTime: string }[]
    }
    return LiveStreamOnlineInfo.map(({ PublishTime }) => PublishTime)
  }

  it('cuts a stream once with Oneshot; its encoder comes back on the new key', async () => {
    const stream = emulator.world.streams.get('live1.example.com/live/stream1')
    const key = () => stream?.push?.destinations[0]?.key?.reveal()
    expect(key()).not.toBe(KEY)
    await call('SetSnapshotCallbackAuth', { ...LIVE1, CallbackReqAuth: 'yes', CallbackAuthKey: KEY })
    expect(key()).not.toBe(KEY)
    await call('ForbidLiveStream', { ...address, Oneshot: 'yes' })
    expect(await online()).toEqual([])
    await clock.advance(1_999)
    expect(await online()).toEqual([])
    await clock.advance(1)
    expect(await online()).toEqual(['2026-11-24T08:00:02Z'])
    expect(key()).toBe(KEY)
    expect(stream?.pushes).toBe(2)
  })

  it('forbids it for half a year without Oneshot, or until a given time', async () => {
    await call('ForbidLiveStream', address)
    await clock.advance(181 * 86_400_000)
    expect(await online()).toEqual([])
    await clock.advance(86_400_000)
    expect(await online()).toHaveLength(1)
    await call('ForbidLiveStream', { ...address, ResumeTime: '2027-12-01T00:00:00Z' })
    await clock.advance(10_000)
    expect(await online()).toEqual([])
    await call('ResumeLiveStream', address)
    await clock.advance(2_000)
    expect(await online()).toHaveLength(1)
  })

  it('requires the ingest domain and all four parameters', async () => {
    const cut = (params: Fields) =>
      refusal(call('ForbidLiveStream', { ...address, Oneshot: 'yes', ...params }))
    expect((await cut({ DomainName: 'live1.example.com' })).code).toBe('InvalidDomain.NotFound')
    expect((await cut({ LiveStreamType: '' })).code).toBe('MissingParam')
    expect((await cut({ StreamName: '' })).code).toBe('MissingParam')
    expect(await online()).toHaveLength(1)
  })
})
