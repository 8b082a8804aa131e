import { setTimeout as sleep } from 'node:timers/promises'
import Bottleneck from 'bottleneck'
import pLimit from 'p-limit'
import pThrottle from 'p-throttle'
import { systemClock } from '../lib/core/clock.ts'
import { startEmulator } from '../lib/emulator/index.ts'
import { SlidingWindow } from '../lib/emulator/wire/rate-limit.ts'
import { createLimiter } from '../lib/throttle/limiter.ts'
import { seeded } from '../test/support/seeded.ts'
import { mostInAWindow, simulate, type SimulatedCall } from '../test/throttle/simulation.ts'
import { foreignLoad } from './foreign-load.ts'
import { jitteryServer } from './jittery-server.ts'
import { groupOn } from './on-emulator.ts'
import { count, type Part, type Row } from './part.ts'

const RATE = 25
const CEILING = 30
const LATENCY_MS = { least: 5, most: 250 }

export const rate: Part = {
  name: 'rate',
  title: 'The rate, as the server counts it',
  alone: true,
  about:
    'The server allows 30 calls in any second, wherever that second begins, over a network that takes 5 to 250 ms for ' +
    'a call. First come the calls for 10,000 domains on a simulated clock; then a whole rotation of 500 domains ' +
    'through the real SDKs; then 500 calls each with other ways of pacing, over HTTP and in parallel. Last comes an ' +
    'account whose other users call the same operation for two minutes in the middle of the run, at random moments.',
  run: async ({ slice }) => [
    await simulated(slice ? 1_000 : 10_000),
    ...(await foreignLoad({ rate: RATE, ceiling: CEILING, ...LATENCY_MS })),
    ...(slice ? [] : [...(await rotation(500)), ...(await othersWays(500))]),
  ],
}

function latencies(calls: number, seed: number): SimulatedCall[] {
  const random = seeded(seed)
  return Array.from({ length: calls }, () => {
    const whole = LATENCY_MS.least + random() * (LATENCY_MS.most - LATENCY_MS.least)
    const there = whole * random()
    return { there, back: whole - there }
  })
}

async function simulated(calls: number): Promise<Row> {
  const window = new SlidingWindow(CEILING, 1_000)
  let refused = 0
  const { countedAt, elapsed } = await simulate({
    rate: RATE,
    ceiling: CEILING,
    calls: latencies(calls, 3),
    refuses: (at) => {
      const passes = window.admit(at)
      if (!passes) refused++
      return !passes
    },
  })
  return paced(`${count(calls)} calls, simulated`, mostInAWindow(countedAt), refused, elapsed, calls)
}

function paced(what: string, most: number, refused: number, elapsedMs: number, calls: number): Row {
  const least = calls / RATE
  return {
    what,
    measured: `peak ${most} a second, ${refused} refused, ${(elapsedMs / 1_000).toFixed(1)} s of N / rate = ${least.toFixed(1)} s`,
    demanded: `at most ${CEILING}, none, at most 5 % and a second more`,
    holds: most <= CEILING && refused === 0 && elapsedMs / 1_000 <= least * 1.05 + 1,
  }
}

async function rotation(domains: number): Promise<Row[]> {
  const emulator = await startEmulator({ domains, sendCallbacks: false })
  const random = seeded(4)
  const { least, most } = LATENCY_MS
  const jitter = setInterval(() => (emulator.latencyMs = least + random() * (most - least)), 5)
  const report = await groupOn(emulator, { ttlMs: 1_000, marginMs: 0 }).rotate()
  clearInterval(jitter)
  const rows = ['SetSnapshotCallbackAuth', 'QuerySnapshotCallbackAuth'].map((action): Row => {
    const calls = emulator.calls.of(action)
    const most = mostInAWindow(calls.map(({ tick }) => tick))
    const refused = calls.filter(({ throttled }) => throttled).length
    const took = ((calls.at(-1)?.tick ?? 0) - (calls[0]?.tick ?? 0)) / 1_000
    return {
      what: `a rotation of ${domains} domains over HTTP, ${action}`,
      measured: `${count(calls.length)} calls in ${took.toFixed(1)} s, peak ${most} a second, ${refused} refused`,
      demanded: `at most ${CEILING}, none`,
      holds: most <= CEILING && refused === 0 && report.ok,
    }
  })
  await emulator.close()
  return rows
}

type Call = () => Promise<void>
/** Makes all calls, paced in its own way. */
type Way = (calls: readonly Call[]) => Promise<unknown>

async function byLimiter(calls: readonly Call[], perSecond: number): Promise<void> {
  const limiter = createLimiter({
    rate: perSecond,
    ceiling: CEILING,
    clock: systemClock,
    random: Math.random,
  })
  await Promise.all(
    calls.map(async (call) => {
      const permit = await limiter.acquire()
      await call().finally(() => permit.done())
    }),
  )
}

const WAYS: Readonly<Record<string, Way>> = {
  'this project, 25/s': (calls) => byLimiter(calls, RATE),
  'this project, 29/s (an emergency)': (calls) => byLimiter(calls, 29),
  'a sequential loop': async (calls) => {
    for (const call of calls) await call()
  },
  'p-throttle, 30/s': (calls) => {
    const throttled = pThrottle({ limit: CEILING, interval: 1_000, strict: true })((call: Call) => call())
    return Promise.all(calls.map((call) => throttled(call)))
  },
  'p-limit of 30, sleeping a second after each call': (calls) => {
    const limit = pLimit(CEILING)
    return Promise.all(calls.map((call) => limit(() => call().then(() => sleep(1_000)))))
  },
  'bottleneck, one call every 1/30 s': (calls) => {
    const bottleneck = new Bottleneck({ minTime: 1_000 / CEILING })
    return Promise.all(calls.map((call) => bottleneck.schedule(call)))
  },
}

async function othersWays(size: number): Promise<Row[]> {
  return Promise.all(
    Object.entries(WAYS).map(async ([name, way]): Promise<Row> => {
      const ours = name.startsWith('this project')
      const random = seeded(5)
      const latency = (): number => LATENCY_MS.least + random() * (LATENCY_MS.most - LATENCY_MS.least)
      const { close, url, countedAt, refused } = await jitteryServer(CEILING, latency)
      const calls = Array.from({ length: size }, () => async () => {
        await (await fetch(url)).arrayBuffer()
      })
      const started = performance.now()
      await way(calls)
      const seconds = (performance.now() - started) / 1_000
      await close()
      return {
        what: `${size} calls over HTTP: ${name}`,
        measured: `peak ${mostInAWindow(countedAt, 999.9)} a second, ${refused()} refused, ${seconds.toFixed(1)} s`,
        demanded: ours ? 'none refused' : '(for comparison)',
        holds: !ours || refused() === 0,
      }
    }),
  )
}
