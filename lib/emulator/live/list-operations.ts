import type { LiveLimits } from './limits.ts'
import { pageOf } from '../wire/params.ts'
import type { Operation } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import type { Domain } from '../world/domain.ts'
import { domainFor, liveOperation } from './operation.ts'
import type { Stream } from '../world/stream.ts'

const SEARCHES = ['fuzzy_match', 'pre_match', 'suf_match', 'full_match'] as const

/** DescribeLiveUserDomains and DescribeLiveStreamsOnlineList. */
export function listOperations(world: World, limits: LiveLimits): Record<string, Operation> {
  const streams = liveOperation('DescribeLiveStreamsOnlineList', {
    callsPerSecond: limits.DescribeLiveStreamsOnlineList,
    run: (params, context) => {
      const domain = domainFor(world, params, context)
      const pageNum = params.integer('PageNum', 1, 1, 999_999)
      const pageSize = params.integer('PageSize', 2_000, 1, 3_000)
      const type = params.choice('StreamType', ['all', 'raw', 'trans'], 'all')
      const strict = params.choice('QueryType', ['fuzzy', 'strict'], 'fuzzy') === 'strict'
      const short = params.choice('OnlyStream', ['yes', 'no'], 'no') === 'yes'
      const fits = (value: string, wanted: string | null): boolean =>
        wanted === null || (strict ? value === wanted : value.includes(wanted))
      const app = params.optional('AppName')
      const name = params.optional('StreamName')
      const items = [...onlineOf(world, domain)]
        .filter(({ stream }) => fits(stream.app, app))
        .flatMap((online) => entriesOf(online, type, short))
        .filter((entry) => fits(String(entry['StreamName']), name))
      return {
        PageNum: pageNum,
        PageSize: pageSize,
        TotalNum: items.length,
        TotalPage: Math.ceil(items.length / pageSize),
        OnlineInfo: { LiveStreamOnlineInfo: pageOf(items, pageNum, pageSize) },
      }
    },
  })
  return {
    DescribeLiveUserDomains: liveOperation('DescribeLiveUserDomains', {
      callsPerSecond: limits.DescribeLiveUserDomains,
      run: (params, { caller, region }) => {
        const pageNumber = params.integer('PageNumber', 1, 1, 100_000)
        const pageSize = params.integer('PageSize', 20, 1, 50)
        const keyword = params.optional('DomainName')
        const search = params.choice('DomainSearchType', SEARCHES, 'fuzzy_match')
        const status = params.optional('DomainStatus')
        const type = params.optional('LiveDomainType')
        const regionName = params.optional('RegionName')
        const entries = [...world.domains.values()]
          .filter((domain) => domain.accountId === caller.accountId)
          .flatMap((domain) => domainEntries(world, domain, region))
          .filter((entry) => keyword === null || found(entry.DomainName, keyword, search))
          .filter((entry) => status === null || entry.LiveDomainStatus === status)
          .filter((entry) => type === null || entry.LiveDomainType === type)
          .filter((entry) => regionName === null || entry.RegionName === regionName)
        return {
          PageNumber: pageNumber,
          PageSize: pageSize,
          TotalCount: entries.length,
          Domains: { PageData: pageOf(entries, pageNumber, pageSize) },
        }
      },
    }),
    // Its limit is documented per minute.
    DescribeLiveStreamsOnlineList: { ...streams, limit: { ...streams.limit, perMs: 60_000 } },
  }
}

/** A running stream, and since when by the cloud's clock. */
interface Online {
  readonly stream: Stream
  readonly publishTime: string
}

function* onlineOf(world: World, domain: Domain): Iterable<Online> {
  for (const stream of world.streams.ofDomain(domain.name)) {
    if (stream.push !== null) yield { stream, publishTime: world.stamp(stream.push.at) }
  }
}

function found(name: string, keyword: string, search: (typeof SEARCHES)[number]): boolean {
  if (search === 'full_match') return name === keyword
  if (search === 'pre_match') return name.startsWith(keyword)
  return search === 'suf_match' ? name.endsWith(keyword) : name.includes(keyword)
}

function domainEntries(world: World, domain: Domain, region: string) {
  const createdAt = world.stamp(domain.createdAt)
  const entry = (name: string, type: 'liveVideo' | 'liveEdge') => ({
    DomainName: name,
    Cname: `${name}.queniu.example`,
    Description: '',
    GmtCreated: createdAt,
    GmtModified: createdAt,
    LiveDomainStatus: domain.status,
    LiveDomainType: type,
    RegionName: region,
    ResourceGroupId: '',
  })
  return [entry(domain.name, 'liveVideo'), entry(domain.ingest, 'liveEdge')]
}

type Entry = Readonly<Record<string, string | number>>

function entriesOf(online: Online, type: string, short: boolean): Entry[] {
  const { name, habits } = online.stream
  const entries: Entry[] = []
  if (type !== 'trans') entries.push(entryOf(online, name, 'no', short))
  if (type !== 'raw' && habits.transcoded) entries.push(entryOf(online, `${name}_lhd`, 'yes', short))
  return entries
}

function entryOf(
  { stream, publishTime }: Online,
  name: string,
  transcoded: 'yes' | 'no',
  short: boolean,
): Entry {
  const brief = {
    DomainName: stream.domain,
    AppName: stream.app,
    StreamName: name,
    PublishTime: publishTime,
  }
  if (short) return brief
  return {
    ...brief,
    PublishDomain: stream.publishDomain,
    PublishType: stream.habits.publishType,
    PublishUrl: `rtmp://${stream.publishDomain}/${stream.app}/${name}`,
    ClientIp: '192.0.2.1',
    ServerIp: '192.0.2.2',
    Transcoded: transcoded,
    Height: 720,
    Width: 1280,
    FrameRate: 25,
    AudioCodecId: 10,
    VideoCodecId: 7,
  }
}
