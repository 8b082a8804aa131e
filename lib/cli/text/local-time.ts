/**
 * A time in the reader's zone, with the zone's name; with its date if that is not the date of `now`.
 *
 * @param at - Milliseconds since the epoch, or an ISO time.
 * @example
 * ```ts
 * localTime('2026-11-24T08:00:00Z', Date.parse('2026-11-24T07:00:00Z'), 'Asia/Shanghai') // '16:00:00 GMT+8'
 * ```
 */
export function localTime(at: string | number, now: string | number, timeZone: string): string {
  const there = partsOf(at, timeZone)
  const here = partsOf(now, timeZone)
  const date = `${there.year}-${there.month}-${there.day}`
  const time = `${there.hour}:${there.minute}:${there.second} ${there.timeZoneName}`
  return date === `${here.year}-${here.month}-${here.day}` ? time : `${date} ${time}`
}

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'timeZoneName'

function partsOf(at: string | number, timeZone: string): Readonly<Record<Part, string>> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  const parts = format.formatToParts(new Date(at))
  const part = (type: Part): string => parts.find((one) => one.type === type)?.value ?? ''
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    timeZoneName: part('timeZoneName'),
  }
}
