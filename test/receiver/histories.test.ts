import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../lib/core/clock.ts'
import { cachedKeyset, type KeysetSource } from '../../lib/receiver/index.ts'
import { documentOf, NOW } from './support.ts'

interface Brought {
  readonly lineage: string
  readonly revision: number
  readonly ttl: number
}

/** One thing that happens at a time (`at`, in milliseconds), or what must hold then. */
type Step = { readonly at: number } & (
  | { readonly begin: string }
  | { readonly end: string; readonly brings?: Brought; readonly nextReadIn?: number }
  | { readonly unknown: 'signature' | 'probe'; readonly reads: boolean }
  | { readonly unknown: 'signature' | 'probe'; readonly waits: number }
  | {
      readonly expect: { readonly now: string | null; readonly last: string | null; readonly fresh: boolean }
    }
)

interface History {
  readonly name: string
  readonly options?: { readonly ttl?: number }
  readonly steps: readonly Step[]
}

interface Read {
  end(document: unknown): void
  fail(error: Error): void
}

/** A clock that is set by hand, on which nothing ever rings: a history says itself what happens when. */
class SetClock implements Clock {
  at = 0
  /** How long the alarm of the background refresh was set for. */
  alarm = NaN
  /** How long everything else has slept. */
  slept: number[] = []

  now(): number {
    return NOW + this.at
  }

  tick(): number {
    return 1_000 + this.at
  }

  sleep(ms: number, signal?: AbortSignal, options?: { readonly ref?: boolean }): Promise<void> {
    if (options?.ref === false) this.alarm = ms
    else this.slept.push(ms)
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('aborted'))
      })
    })
  }
}

async function play({ options, steps }: History): Promise<void> {
  const clock = new SetClock()
  const begun: Read[] = []
  const read = (): Promise<unknown> =>
    new Promise((end, fail) => {
      begun.push({ end, fail })
    })
  const keyset = cachedKeyset(read, { ...options, clock, random: () => 0.5 })
  const named = new Map<string, Read>()
  let document: unknown

  for (const step of steps) {
    clock.at = step.at
    if ('begin' in step) {
      keyset.reload().catch(() => undefined)
      named.set(step.begin, begun.at(-1)!)
    } else if ('end' in step) {
      const { end, brings, nextReadIn } = step
      if (brings === undefined) named.get(end)!.fail(new Error('down'))
      else named.get(end)!.end((document = documentOf([['current', 'key']], brings)))
      await turn()
      if (nextReadIn !== undefined) expect(clock.alarm, JSON.stringify(step)).toBeCloseTo(nextReadIn, 6)
    } else if ('waits' in step) {
      clock.slept = []
      void keyset.refresh({ probe: step.unknown === 'probe' })
      expect(clock.slept, JSON.stringify(step)).toContain(step.waits)
    } else if ('unknown' in step) {
      const before = begun.length
      const refreshed = keyset.refresh({ probe: step.unknown === 'probe' })
      expect(begun.length > before, JSON.stringify(step)).toBe(step.reads)
      begun.at(-1)!.end(document)
      await refreshed
    } else {
      expect(held(keyset), JSON.stringify(step)).toEqual(step.expect)
    }
  }
}

/** What is used at once, what is used where no read ends in time, and whether it is fresh. */
function held(keyset: KeysetSource): { now: string | null; last: string | null; fresh: boolean } {
  const now = keyset.peek()
  const { ok, lineage, revision, fresh } = keyset.status()
  return {
    now: now === undefined ? null : `${now.lineage}@${now.revision}`,
    last: ok ? `${lineage}@${revision}` : null,
    fresh,
  }
}

describe('a cache uses keysets and reads them as docs/vectors.json says', () => {
  const { histories } = JSON.parse(readFileSync('docs/vectors.json', 'utf8')) as { histories: History[] }

  it.each(histories)('$name', play)
})
