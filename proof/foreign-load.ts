import { SlidingWindow } from '../lib/emulator/wire/rate-limit.ts'
import { seeded } from '../test/support/seeded.ts'
import { simulate } from '../test/throttle/simulation.ts'
import { count, type Row } from './part.ts'

interface Conditions {
  readonly rate: number
  readonly ceiling: number
  /** How long a call takes, in milliseconds. */
  readonly least: number
  readonly most: number
}

const FROM_MS = 60_000
const UNTIL_MS = 180_000
const CALLS = 7_000

/** Others in the account call the same operation for two minutes; a refused call counts toward nobody's rate. */
export async function foreignLoad(conditions: Conditions): Promise<Row[]> {
  const rows: Row[] = []
  for (const foreign of [10, 15, 20]) rows.push(await under(foreign, conditions))
  return rows
}

async function under(foreign: number, { rate, ceiling, least, most }: Conditions): Promise<Row> {
  const random = seeded(foreign)
  const window = new SlidingWindow(ceiling, 1_000)
  const begin = 1_000
  let nextForeign = begin + FROM_MS
  let foreignRefused = 0
  let foreignCalls = 0
  const admitted: number[] = []
  const refused: number[] = []
  await simulate({
    rate,
    ceiling,
    calls: Array.from({ length: CALLS }, () => {
      const whole = least + random() * (most - least)
      return { there: whole / 2, back: whole / 2 }
    }),
    refuses: (at) => {
      for (; nextForeign <= Math.min(at, begin + UNTIL_MS); foreignCalls++) {
        if (!window.admit(nextForeign)) foreignRefused++
        // At random moments, independent of each other.
        nextForeign += (-Math.log(1 - random()) * 1_000) / foreign
      }
      const passes = window.admit(at)
      ;(passes ? admitted : refused).push(at - begin)
      return !passes
    },
  })
  const pace = admitted.filter((at) => at >= FROM_MS && at < UNTIL_MS).length / ((UNTIL_MS - FROM_MS) / 1_000)
  const back = secondsUntil(admitted, UNTIL_MS, 0.95 * rate)
  const room = ceiling - foreign
  const share = refused.length / (admitted.length + refused.length)
  return {
    what: `others call ${foreign} a second, so ${room} are left`,
    measured:
      `${pace.toFixed(1)} a second pass; ${refused.length} refused (${(100 * share).toFixed(1)} %), ` +
      `${count(foreignRefused)} of the others' ${count(foreignCalls)}; back at full pace ${back} s after they stop`,
    demanded: 'at least half of what is left, at most 5 % refused, back at full pace within 20 s',
    holds: pace >= Math.min(rate, room) / 2 && share <= 0.05 && back <= 20,
  }
}

/** Seconds from `from` until a stretch of three seconds reaches that pace. */
function secondsUntil(times: readonly number[], from: number, pace: number): number {
  for (let second = 0; second < 120; second++) {
    const start = from + second * 1_000
    if (times.filter((at) => at >= start && at < start + 3_000).length >= 3 * pace) return second
  }
  return Infinity
}
