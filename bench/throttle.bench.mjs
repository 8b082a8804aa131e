// What a server with a limit of 30 calls a second counts, over a network with jitter: this project's limiter compared with
// p-throttle, as people use it. All run at once, in real time, with the same network delays.
//
//   node bench/throttle.bench.mjs [calls]
import { build } from 'esbuild'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import pThrottle from 'p-throttle'

const CALLS = Number(process.argv[2] ?? 300)
const CEILING = 30

const { outputFiles } = await build({
  stdin: {
    contents:
      "export { createLimiter } from './lib/throttle/limiter.ts'; export { systemClock } from './lib/core/clock.ts'",
    resolveDir: process.cwd(),
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
})
const code = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')
const { createLimiter, systemClock } = await import(`data:text/javascript;base64,${code}`)

/** A network that takes 5 to 45 ms each way, and occasionally a third of a second more. */
function createServer() {
  let seed = 20_161_101
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  const delay = () => 5 + 40 * random() + (random() < 0.05 ? 330 : 0)
  /** @type {number[]} */
  const countedAt = []
  const call = async () => {
    const [there, back] = [delay(), delay()]
    await sleep(there)
    countedAt.push(performance.now())
    await sleep(back)
  }
  return { call, countedAt }
}

/** @param {number} rate */
function ours(rate) {
  /** @param {() => Promise<void>} call */
  return (call) => {
    const limiter = createLimiter({ rate, ceiling: CEILING, clock: systemClock, random: Math.random })
    return async () => {
      const permit = await limiter.acquire()
      try {
        await call()
      } finally {
        permit.done()
      }
    }
  }
}

const CONTESTANTS = [
  { name: 'this project, 25/s', rate: 25, wrap: ours(25) },
  { name: 'this project, 29/s', rate: 29, wrap: ours(29) },
  { name: 'p-throttle, 25/s', rate: 25, wrap: pThrottle({ limit: 25, interval: 1000 }) },
  { name: 'p-throttle strict, 25/s', rate: 25, wrap: pThrottle({ limit: 25, interval: 1000, strict: true }) },
  { name: 'p-throttle, 30/s', rate: 30, wrap: pThrottle({ limit: 30, interval: 1000 }) },
  { name: 'p-throttle strict, 30/s', rate: 30, wrap: pThrottle({ limit: 30, interval: 1000, strict: true }) },
]

/** @param {number[]} ticks */
function worstSecond(ticks) {
  const sorted = ticks.toSorted((a, b) => a - b)
  let worst = 0
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) >= 1000) first++
    worst = Math.max(worst, last - first + 1)
  }
  return worst
}

/**
 * How many calls a server with a true sliding window refuses; refused calls do not count toward the window.
 *
 * @param {number[]} ticks
 */
function refused(ticks) {
  /** @type {number[]} */
  const admitted = []
  let count = 0
  for (const tick of ticks.toSorted((a, b) => a - b)) {
    if (admitted.filter((earlier) => tick - earlier < 1000).length >= CEILING) count++
    else admitted.push(tick)
  }
  return count
}

const rows = await Promise.all(
  CONTESTANTS.map(async ({ name, rate, wrap }) => {
    const server = createServer()
    const throttled = wrap(server.call)
    const started = performance.now()
    await Promise.all(Array.from({ length: CALLS }, () => throttled()))
    const seconds = (performance.now() - started) / 1000
    return {
      name,
      'worst second': worstSecond(server.countedAt),
      refused: refused(server.countedAt),
      seconds: seconds.toFixed(2),
      'N / rate': (CALLS / rate).toFixed(2),
    }
  }),
)
console.log(`${CALLS} calls to a server that allows ${CEILING} in any second`)
console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])))
