import type { Clock } from '../../core/clock.ts'
import type { LogEvent } from '../../rotation/ports.ts'
import { count } from '../../core/counts.ts'
import { humanDuration, timeOfDay } from '../text/human.ts'

/** What a group is doing just now, as a bar can show it. */
export interface Activity {
  readonly label: string
  readonly done: number
  readonly total: number
  /** Wall-clock milliseconds between which it waits: the bar is a countdown then. */
  readonly waits?: { readonly from: number; readonly until: number }
  readonly startedAt: number
}

/** Something worth a line of its own. */
export interface Line {
  readonly kind: 'done' | 'note' | 'problem'
  readonly text: string
}

/** A wait that was announced is announced again only when its end moved by more than this. */
const SAME_WAIT_MS = 5_000

/**
 * Makes a story of the events that a rotation logs: lines, and for each group what it is doing now. Knows nothing of
 * terminals.
 */
export class Narrator {
  readonly #clock: Clock
  readonly #activities = new Map<string, Activity>()
  readonly #probed = new Map<string, string>()
  readonly #waits = new Map<string, number>()
  readonly #interrupted: AbortSignal

  constructor(clock: Clock, interrupted: AbortSignal) {
    this.#clock = clock
    this.#interrupted = interrupted
  }

  get activities(): ReadonlyMap<string, Activity> {
    return this.#activities
  }

  hear(event: LogEvent): readonly Line[] {
    // What is given up at Ctrl-C would be told as done, or as a problem of each domain; the report knows better.
    if (this.#interrupted.aborted) return []
    const group = event.group ?? ''
    switch (event.event) {
      case 'observing':
        return this.#begin(group, 'reading domains', numberOf(event['total']))
      case 'observed':
        return this.#step(group, (total) => `read ${count(total, 'domain')}`)
      case 'inspecting':
        return this.#begin(group, 'reading SnapshotNotifyConfig', numberOf(event['total']))
      case 'inspected':
        return this.#step(group, (total) => `read the SnapshotNotifyConfig of ${count(total, 'domain')}`)
      case 'saved':
        return [{ kind: 'done', text: `saved revision ${String(event['revision'])}: ${event.message ?? ''}` }]
      case 'staged':
        return [{ kind: 'done', text: `key ${event.kid ?? ''} is staged` }]
      case 'waiting':
        return this.#wait(group, event)
      case 'probe':
        return this.#probe(event)
      case 'applying':
        return this.#begin(group, 'setting domains', numberOf(event['total']))
      case 'confirmed':
        return this.#step(group, (total, took) => `set and read back ${count(total, 'domain')} in ${took}`)
      case 'promoted':
        this.#activities.delete(group)
        return [{ kind: 'done', text: `key ${event.kid ?? ''} is the current key` }]
      case 'retired':
        return [{ kind: 'done', text: `forgot ${event.message ?? ''}: nothing can sign with it any more` }]
      case 'interrupted':
        return [{ kind: 'done', text: `cut stream ${event.message ?? ''} on ${event.domain ?? ''}` }]
      case 'domainFailed':
        return [{ kind: 'problem', text: `${event.domain ?? ''}: ${event.message ?? ''}` }]
      // The report says these at the end.
      case 'warning':
      case 'unlisted':
      case 'groupFailed':
        return []
      default:
        return event.level === 'warn' || event.level === 'error'
          ? [{ kind: 'note', text: event.message ?? event.event }]
          : []
    }
  }

  #begin(group: string, label: string, total: number): Line[] {
    if (total === 0) this.#activities.delete(group)
    else this.#activities.set(group, { label, done: 0, total, startedAt: this.#clock.now() })
    return []
  }

  #step(group: string, text: (total: number, took: string) => string): Line[] {
    const activity = this.#activities.get(group)
    if (activity === undefined || activity.waits !== undefined) return []
    const done = activity.done + 1
    if (done < activity.total) {
      this.#activities.set(group, { ...activity, done })
      return []
    }
    this.#activities.delete(group)
    const took = humanDuration(this.#clock.now() - activity.startedAt)
    return [{ kind: 'done', text: text(activity.total, took) }]
  }

  #wait(group: string, event: LogEvent): Line[] {
    const until = Date.parse(String(event['until']))
    const before = this.#waits.get(group)
    this.#waits.set(group, until)
    const now = this.#clock.now()
    const from = this.#activities.get(group)?.waits?.from ?? now
    const label = event.phase === 'draining' ? 'waiting to list streams' : 'waiting for receivers'
    this.#activities.set(group, { label, done: 0, total: 0, startedAt: now, waits: { from, until } })
    if (before !== undefined && until - before <= SAME_WAIT_MS) return []
    const text = `${label} until ${timeOfDay(new Date(until).toISOString())}, ${humanDuration(until - now)}`
    return [{ kind: 'note', text }]
  }

  #probe(event: LogEvent): Line[] {
    const url = String(event['url'])
    const accepted = event['accepted'] === true
    const answer = accepted
      ? 'accepts the new key'
      : `does not accept the new key yet: ${event.message ?? ''}`
    if (this.#probed.get(url) === answer) return []
    this.#probed.set(url, answer)
    return [{ kind: accepted ? 'done' : 'note', text: `receiver ${url} ${answer}` }]
  }
}

function numberOf(detail: unknown): number {
  return typeof detail === 'number' ? detail : 0
}
