import { performance } from 'node:perf_hooks'
import type { Clock } from '../lib/core/clock.ts'

/** A clock that starts at `epoch` and runs `factor` times as fast as ours. */
export interface FastTime {
  readonly epoch: number
  readonly from: number
  readonly factor: number
}

export function fastClock({ epoch, from, factor }: FastTime): Clock {
  const now = (): number => from + (Date.now() - epoch) * factor
  const started = performance.now()
  return {
    now: () => Math.floor(now()),
    tick: () => 1_000 + (performance.now() - started) * factor,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms / factor))),
  }
}

/** A module that puts a whole process on that clock; import it before the process's own. */
export function fastProcess({ epoch, from, factor }: FastTime): string {
  return `
    const [epoch, from, factor] = [${epoch}, ${from}, ${factor}]
    const RealDate = Date
    const realNow = Date.now
    const now = () => Math.floor(from + (realNow() - epoch) * factor)
    globalThis.Date = class extends RealDate {
      constructor(...args) { if (args.length === 0) super(now()); else super(...args) }
      static now() { return now() }
    }
    const realTick = performance.now.bind(performance)
    performance.now = () => realTick() * factor
    for (const name of ['setTimeout', 'setInterval']) {
      const real = globalThis[name]
      globalThis[name] = Object.assign((call, ms = 0, ...args) => real(call, ms / factor, ...args), real)
    }`
}
