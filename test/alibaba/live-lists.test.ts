import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAlibaba } from '../../lib/alibaba/create-alibaba.ts'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import type { AlibabaLive } from '../../lib/alibaba/live/live-domains.ts'
import { TestClock } from '../support/clock.ts'
import { configFor, failureOf, GROUP, LOCAL_PAIR, startCloud, type Cloud } from './cloud.ts'
import { startStub, type SeenRequest, type StubServer } from './stub-server.ts'

let cloud: Cloud
let live: AlibabaLive

beforeEach(async () => {
  cloud = await startCloud({ domains: 130, streams: 260 })
  live = (await cloud.alibaba.open(GROUP)).live
})
afterEach(() => cloud.emulator.close())

const run = <T>(work: Promise<T>): Promise<T> => cloud.clock.run(work)

describe('discover', () => {
  it('reads all pages', async () => {
    const found = await run(live.discover('.example.com'))
    expect(new Set(found)).toEqual(new Set(Array.from({ length: 130 }, (_, n) => `live${n + 1}.example.com`)))
    expect(cloud.emulator.calls.counts['DescribeLiveUserDomains']).toBe(3)
  })

  it('returns only names that end with the suffix', async () => {
    cloud.emulator.world.addDomain({ name: 'live.other.org' })
    await expect(run(live.discover('.other.org'))).resolves.toEqual(['live.other.org'])
    await expect(run(live.discover('.nothing.org'))).resolves.toEqual([])
  })

  it('reads again if the list has changed meanwhile', async () => {
    let pages = 0
    const stop = cloud.emulator.on('after', ({ action }) => {
      if (action === 'DescribeLiveUserDomains' && ++pages === 1)
        cloud.emulator.world.removeDomain('live1.example.com')
    })
    const found = await run(live.discover('.example.com'))
    stop()
    expect(new Set(found)).toEqual(new Set(Array.from({ length: 129 }, (_, n) => `live${n + 2}.example.com`)))
  })

  it('throws if a page cannot be read', async () => {
    cloud.emulator.faults.add({ kind: 'error', action: 'DescribeLiveUserDomains', after: 2, times: 'always' })
    await expect(run(live.discover('.example.com'))).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('streams', () => {
  it('returns where they are pushed and since when', async () => {
    const [stream] = await run(live.streams('live1.example.com'))
    const [pushed] = cloud.emulator.world.streams.ofDomain('live1.example.com')
    expect(stream).toEqual({
      domain: 'live1.example.com',
      publishDomain: 'push1.example.com',
      app: pushed?.app,
      stream: pushed?.name,
      publishedAt: Math.floor((pushed?.push?.at ?? 0) / 1_000) * 1_000,
    })
  })

  it('is empty for a domain without streams', async () => {
    cloud.emulator.world.addDomain({ name: 'quiet.example.com' })
    await expect(run(live.streams('quiet.example.com'))).resolves.toEqual([])
  })

  it('are cut once', async () => {
    const [stream] = await run(live.streams('live1.example.com'))
    if (!stream) throw new Error('there must be a stream')
    await run(live.interrupt(stream, { fence: () => Promise.resolve(() => true) }))
    const left = await run(live.streams('live1.example.com'))
    expect(left.map(({ stream: name }) => name)).not.toContain(stream.stream)
    expect(cloud.emulator.calls.counts['ForbidLiveStream']).toBe(1)
  })

  it.each(['dropAfter', 'reset', 'html', 'error'] as const)(
    'are never cut twice by one call (%s)',
    async (kind) => {
      const [stream] = await run(live.streams('live1.example.com'))
      if (!stream) throw new Error('there must be a stream')
      cloud.emulator.faults.add({ kind, action: 'ForbidLiveStream' })
      await expect(
        run(live.interrupt(stream, { fence: () => Promise.resolve(() => true) })),
      ).rejects.toMatchObject({
        retryable: true,
      })
      expect(cloud.emulator.calls.counts['ForbidLiveStream']).toBe(1)
    },
  )

  it('are cut even if the first call is throttled', async () => {
    const [stream] = await run(live.streams('live1.example.com'))
    if (!stream) throw new Error('there must be a stream')
    cloud.emulator.faults.add({ kind: 'throttle', action: 'ForbidLiveStream', times: 2 })
    await run(live.interrupt(stream, { fence: () => Promise.resolve(() => true) }))
    expect(cloud.emulator.calls.counts['ForbidLiveStream']).toBe(3)
  })
})

describe('a list of streams that changes while it is read', () => {
  let stub: StubServer
  afterEach(() => stub.close())

  const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `stream${n}`)
  const page = (total: number, streams: readonly string[]): { body: unknown } => ({
    body: {
      TotalNum: total,
      OnlineInfo: {
        LiveStreamOnlineInfo: streams.map((name) => ({
          PublishDomain: 'push.example.com',
          AppName: 'app',
          StreamName: name,
          PublishTime: '2026-11-24T08:00:00Z',
        })),
      },
    },
  })

  /** A list that `at` gives for each request, cut into pages. */
  async function read(at: (request: number) => string[]): Promise<unknown> {
    let requests = 0
    stub = await startStub(({ form }: SeenRequest) => {
      const list = at(requests++)
      const size = Number(form.get('PageSize'))
      const first = (Number(form.get('PageNum')) - 1) * size
      return page(list.length, list.slice(first, first + size))
    })
    const clock = new TestClock()
    const alibaba = createAlibaba({
      config: configFor(stub.url),
      credentials: fixedCredentials(LOCAL_PAIR),
      clock,
      random: () => 0.5,
    })
    const access = await alibaba.open(GROUP)
    const streams = await clock.run(access.live.streams('live.example.com'))
    return new Set(streams.map(({ stream }) => stream))
  }

  it('is read completely if it is stable, even with tens of thousands', async () => {
    const all = names(25_000)
    await expect(read(() => all)).resolves.toEqual(new Set(all))
    expect(stub.seen).toHaveLength(9)
    expect(stub.seen[0]?.form.get('StreamType')).toBe('raw')
  })

  it('is read again if its total has changed', async () => {
    const all = names(7_000)
    await expect(read((request) => (request === 0 ? all.slice(1) : all))).resolves.toEqual(new Set(all))
  })

  it('is read again if one stream has replaced another', async () => {
    const all = names(7_000)
    const shifted = ['new', ...all.slice(0, -1)]
    await expect(read((request) => (request === 0 ? all : shifted))).resolves.toEqual(new Set(shifted))
  })

  it('does not count as complete if it is never stable', async () => {
    const all = names(7_000)
    const error = await failureOf(read((request) => all.slice(request % 2)))
    expect(error).toMatchObject({ code: 'invalidAnswer' })
    expect(String(error)).toContain('could not be read to the end')
  })

  it('does not count as complete if it ends before its stated total', async () => {
    stub = await startStub(() => page(5, ['a', 'b']))
    const clock = new TestClock()
    const alibaba = createAlibaba({
      config: configFor(stub.url),
      credentials: fixedCredentials(LOCAL_PAIR),
      clock,
      random: () => 0.5,
    })
    const access = await alibaba.open(GROUP)
    await expect(clock.run(access.live.streams('live.example.com'))).rejects.toMatchObject({
      code: 'invalidAnswer',
    })
  })
})

describe('a search that returns too much', () => {
  it('yields online streaming domains with the suffix, ignoring case, and those with fewer fields', async () => {
    const domain = (DomainName: string, LiveDomainStatus?: string, LiveDomainType?: string): unknown => ({
      DomainName,
      LiveDomainStatus,
      LiveDomainType,
    })
    const PageData = [
      domain('live1.example.com', 'online', 'liveVideo'),
      domain('live2.example.com'),
      domain('LIVE3.Example.com', 'online', 'liveVideo'),
      domain('live4.example.com.other.org', 'online', 'liveVideo'),
      domain('live5.example.com', 'offline', 'liveVideo'),
      domain('push6.example.com', 'online', 'liveEdge'),
    ]
    const stub = await startStub(() => ({ body: { TotalCount: PageData.length, Domains: { PageData } } }))
    const clock = new TestClock()
    const alibaba = createAlibaba({
      config: configFor(stub.url),
      credentials: fixedCredentials(LOCAL_PAIR),
      clock,
      random: () => 0.5,
    })
    const access = await alibaba.open(GROUP)
    const found = await clock.run(access.live.discover('.example.com')).finally(() => stub.close())
    expect(found).toEqual(['live1.example.com', 'live2.example.com', 'LIVE3.Example.com'])
  })
})
