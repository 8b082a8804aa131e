import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Key } from '../lib/keyset/key.ts'
import type { GroupPorts, OnlineStream } from '../lib/rotation/ports.ts'
import { createLimiter } from '../lib/throttle/limiter.ts'
import { HOUR, type ModelProcess } from '../test/support/model-cloud.ts'
import { Story } from '../test/support/story.ts'
import { builtFunction } from './built-function.ts'
import { count, type Part, type Row } from './part.ts'
import { plot } from './plot.ts'

const STREAMS_EACH = 10

export const scale: Part = {
  name: 'scale',
  title: '100 to 100,000 domains',
  about:
    'A forced rotation runs on a simulated clock under the throttles, with ten running streams for each domain, so a ' +
    'million in the last row; every stream list is read, because an old key is to be retired. Processor time is that ' +
    'of the whole simulation, including the model of the cloud. Memory is what is live just before the domains are ' +
    'set. Linear means that ten times the domains take at most fifteen times as much. Then the built function, in its ' +
    'own process, rotates 10,000 domains over HTTP; only its clock runs faster than ours.',
  run: async ({ slice, pictures }) => {
    const sizes = slice ? [100, 1_000] : [100, 1_000, 10_000, 100_000]
    const points: Point[] = []
    for (const size of sizes) points.push(await measure(size))
    if (pictures !== null && !slice) await writeFile(join(pictures, 'scale.svg'), plot(points))
    const rows = points.map((point, index) => rowOf(point, points[index - 1]))
    return slice ? rows : [...rows, ...(await builtFunction(10_000))]
  },
}

export interface Point {
  readonly domains: number
  /** Duration on the simulated clock, in seconds. */
  readonly seconds: number
  readonly processorSeconds: number
  readonly memoryMB: number
  readonly documentBytes: number
}

async function measure(domains: number): Promise<Point> {
  const names = Array.from({ length: domains }, (_, index) => `live${index}.example.com`)
  const story = new Story({ domains: names })
  const { cloud, clock } = story
  cloud.pushAfterSet = false
  // The model scans all streams at each call; here they are indexed by domain.
  cloud.streams.clear()
  const shared = Key.generate()
  for (const state of cloud.domains.values()) state.key = shared
  const streams = listsOf(names, clock.now())
  await story.go({}, paced(story, streams))
  await clock.advance(2 * HOUR)

  const process_ = paced(story, streams)
  let memory = 0
  const baseline = liveMB()
  const log = process_.log.push.bind(process_.log)
  process_.log.push = (...events) => {
    if (events.some(({ event }) => event === 'applying')) memory = Math.max(memory, liveMB())
    // Keeps no log, like a real process, which writes it out.
    return events.some(({ level }) => level === 'debug') ? 0 : log(...events)
  }
  const before = process.cpuUsage()
  const started = clock.now()
  const { outcome, domains: told } = await story.go({ force: true }, process_)
  if (outcome !== 'rotated' || told.confirmed !== domains) throw new Error(`ended as ${outcome}`)
  const { user, system } = process.cpuUsage(before)
  return {
    domains,
    seconds: (clock.now() - started) / 1_000,
    processorSeconds: (user + system) / 1e6,
    memoryMB: memory - baseline,
    documentBytes: Buffer.byteLength(cloud.documents.at(-1)?.text ?? ''),
  }
}

function listsOf(names: readonly string[], now: number): ReadonlyMap<string, OnlineStream[]> {
  const publishedAt = Math.floor(now / 1_000) * 1_000
  return new Map(
    names.map((domain) => {
      const publishDomain = domain.replace('live', 'push')
      const list = Array.from({ length: STREAMS_EACH }, (_, index) => {
        return { domain, publishDomain, app: 'app', stream: `stream-${index}`, publishedAt }
      })
      return [domain, list]
    }),
  )
}

/** A process whose calls to Live go through limiters, as those of the adapters do. */
function paced(story: Story, streams: ReadonlyMap<string, OnlineStream[]>): ModelProcess {
  const process_ = story.cloud.process()
  const limiter = (rate: number, ceiling: number): (<T>(call: () => Promise<T>) => Promise<T>) => {
    const one = createLimiter({ rate, ceiling, clock: story.clock, random: () => 0.5 })
    return async (call) => {
      const permit = await one.acquire()
      return call().finally(() => permit.done())
    }
  }
  const [set, query, list] = [limiter(25, 30), limiter(25, 30), limiter(50, 166)]
  process_.around = (ports): GroupPorts => ({
    ...ports,
    live: {
      ...ports.live,
      set: (...args) => set(() => ports.live.set(...args)),
      query: (...args) => query(() => ports.live.query(...args)),
      streams: (domain) => list(() => Promise.resolve(streams.get(domain) ?? [])),
    },
  })
  return process_
}

function rowOf(point: Point, before: Point | undefined): Row {
  const { domains, seconds, processorSeconds, memoryMB, documentBytes } = point
  const times = before && domains / before.domains
  const isLinear = (now: number, then: number, floor: number): boolean =>
    times === undefined || now <= Math.max(floor, 1.5 * times * then)
  return {
    what: `${count(domains)} domains, ${count(domains * STREAMS_EACH)} streams`,
    measured:
      `${count(Math.round(seconds))} s on the clock, ${processorSeconds.toFixed(1)} s of processor time, ` +
      `${memoryMB.toFixed(1)} MB, document of ${count(documentBytes)} bytes`,
    demanded: before ? 'linear, document below 64 KB' : 'document below 64 KB',
    holds:
      documentBytes < 64_000 &&
      isLinear(seconds, before?.seconds ?? 0, 300) &&
      isLinear(processorSeconds, before?.processorSeconds ?? 0, 2) &&
      isLinear(memoryMB, before?.memoryMB ?? 0, 10),
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function liveMB(): number {
  collect()
  return process.memoryUsage().heapUsed / 1e6
}
