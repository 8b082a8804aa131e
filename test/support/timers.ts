import type { Random } from '../../lib/core/clock.ts'
import { DAY, HOUR, MINUTE } from './model-cloud.ts'

/** One call of the function by a timer. */
export interface Delivery {
  /** When the call comes, in milliseconds since the epoch. */
  readonly at: number
  readonly trigger: 'rotate' | 'reconcile'
  /** The event that the function gets. */
  readonly event: Buffer
}

export interface TimersOptions {
  readonly from: number
  readonly until: number
  /** Between two ticks of `reconcile`, in milliseconds. */
  readonly every: number
  readonly random: Random
}

/** 04:05 on the first of a month in China, as in s.yaml. */
const SHANGHAI_MS = 8 * HOUR
const ROTATE_AT_MS = 4 * HOUR + 5 * MINUTE

/**
 * The calls of the two timers of s.yaml, in the order in which they come. No timer is a clockwork: ticks of `reconcile`
 * are skipped, once for a whole day; some calls come late, some twice, also when the first is long done. A monthly call
 * is never lost here: a month without one is a month without a rotation (docs/operations.md).
 */
export function timerDeliveries({ from, until, every, random }: TimersOptions): Delivery[] {
  const outageFrom = from + random() * (until - from - DAY)
  const ticks = range(Math.ceil(from / every) * every, until, every).filter(
    (at) => random() > 0.02 && (at < outageFrom || at > outageFrom + DAY),
  )
  return [
    ...ticks.flatMap((at) => [
      call('reconcile', at, random() < 0.05 ? random() * 30 * MINUTE : random() * 1_000),
      ...(random() < 0.03 ? [call('reconcile', at, random() * HOUR)] : []),
    ]),
    ...firstsOfMonth(from, until).flatMap((at) => [
      call('rotate', at, random() < 0.5 ? random() * 40 * MINUTE : random() * 1_000),
      call('rotate', at, random() * HOUR),
      call('rotate', at, HOUR + random() * 2 * DAY),
    ]),
  ].sort((a, b) => a.at - b.at)
}

/** https://help.aliyun.com/document_detail/2513615.html: a JSON payload is text within JSON. */
function call(trigger: Delivery['trigger'], due: number, delayMs: number): Delivery {
  const event = {
    triggerTime: new Date(due).toISOString().replace('.000Z', 'Z'),
    triggerName: trigger,
    payload: JSON.stringify({ action: trigger }),
  }
  return { at: due + delayMs, trigger, event: Buffer.from(JSON.stringify(event)) }
}

function firstsOfMonth(from: number, until: number): number[] {
  const start = new Date(from + SHANGHAI_MS)
  const months = range(0, Math.ceil((until - from) / (28 * DAY)) + 1, 1)
  return months
    .map(
      (month) =>
        Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + month, 1) - SHANGHAI_MS + ROTATE_AT_MS,
    )
    .filter((at) => at >= from && at < until)
}

function range(from: number, until: number, step: number): number[] {
  return Array.from(
    { length: Math.max(0, Math.ceil((until - from) / step)) },
    (_, index) => from + index * step,
  )
}
