import type { Clock } from '../../core/clock.ts'
import type { Language } from '../../core/language.ts'
import { eventText, type LogEvent, type LogEventOf } from '../../rotation/report/events.ts'
import { reportTexts } from '../../rotation/report/texts.ts'
import { progressWords, type ProgressWords } from '../words/progress-words.ts'
import { localTime } from '../text/local-time.ts'

/** What a group is doing now, for a bar. */
export interface Activity {
  readonly label: string
  readonly done: number
  readonly total: number
  /** Wall-clock milliseconds of a wait's start and end: the bar is a countdown. */
  readonly waits?: { readonly from: number; readonly until: number }
  readonly startedAt: number
}

/** An event worth a line of its own. */
export interface Line {
  readonly kind: 'done' | 'note' | 'problem'
  readonly text: string
}

/** Receives the story. */
interface Reader {
  readonly timeZone: string
  readonly language: Language
}

/** A wait is announced again only if its end moved by more than this. */
const SAME_WAIT_MS = 5_000

/** Turns a rotation's log events into a story: lines, and what each group is doing now. Independent of terminals. */
export class Narrator {
  readonly #clock: Clock
  readonly #activities = new Map<string, Activity>()
  /** What was said about a receiver's answers: instances behind one URL may answer in turn. */
  readonly #probed = new Set<string>()
  readonly #waits = new Map<string, number>()
  /** Streams cut in this round. */
  readonly #cut = new Map<string, number>()
  readonly #interrupted: AbortSignal
  readonly #reader: Reader
  readonly #words: ProgressWords

  constructor(clock: Clock, interrupted: AbortSignal, reader: Reader) {
    this.#reader = reader
    this.#words = progressWords[reader.language]
    this.#clock = clock
    this.#interrupted = interrupted
  }

  get activities(): ReadonlyMap<string, Activity> {
    return this.#activities
  }

  hear(event: LogEvent): readonly Line[] {
    // After Ctrl-C, abandoned work would look done, or like a problem of each domain; the report knows better.
    if (this.#interrupted.aborted) return []
    const group = event.group ?? ''
    const words = this.#words
    const { events } = reportTexts[this.#reader.language]
    switch (event.event) {
      case 'observing':
        return this.#begin(group, words.readingDomains, event.total)
      case 'observed':
        return this.#step(group, words.readDomains)
      case 'inspecting':
        return this.#begin(group, words.inspecting, event.total)
      case 'inspected':
        return this.#step(group, words.inspected)
      case 'saved':
        return [{ kind: 'done', text: words.saved(event.revision, eventText(event, events)) }]
      case 'staged':
        return [{ kind: 'done', text: eventText(event, events) }]
      case 'waiting':
        return this.#wait(group, event)
      case 'probe':
        return this.#probe(event)
      case 'instanceSeen':
        return [{ kind: 'done', text: eventText(event, events) }]
      case 'applying':
        return this.#begin(group, words.settingDomains, event.total)
      case 'confirmed':
        return this.#step(group, words.setDomains)
      case 'promoted':
        this.#activities.delete(group)
        return [{ kind: 'done', text: eventText(event, events) }]
      case 'retired':
        return [{ kind: 'done', text: words.retired(event.kids) }]
      case 'interrupting':
        this.#cut.set(group, 0)
        return this.#begin(group, words.cuttingStreams, event.total)
      case 'interrupted':
        return this.#stepCut(group, 1)
      case 'notInterrupted':
        return this.#stepCut(group, 0)
      case 'domainFailed':
        return [{ kind: 'problem', text: `${event.domain}: ${event.message}` }]
      case 'notNotified':
      case 'notifyFailed':
      case 'noticesNotRead':
      case 'noticesNotSaved':
      case 'noReceipt':
        return [{ kind: 'note', text: event.message }]
      // The report states the first three at the end; the others are too small to mention.
      case 'warning':
      case 'unlisted':
      case 'groupFailed':
      case 'started':
      case 'conflict':
      case 'set':
      case 'unreached':
      case 'call.retry':
      case 'notified':
      case 'receipt':
        return []
    }
  }

  /** The report names the streams that could not be cut. */
  #stepCut(group: string, cut: 0 | 1): Line[] {
    const done = (this.#cut.get(group) ?? 0) + cut
    this.#cut.set(group, done)
    return this.#step(group, (total, tookMs) => this.#words.cutStreams(done, total, tookMs))
  }

  #begin(group: string, label: string, total: number): Line[] {
    if (total === 0) this.#activities.delete(group)
    else this.#activities.set(group, { label, done: 0, total, startedAt: this.#clock.now() })
    return []
  }

  #step(group: string, text: (total: number, tookMs: number) => string): Line[] {
    const activity = this.#activities.get(group)
    if (activity === undefined || activity.waits !== undefined) return []
    const done = activity.done + 1
    if (done < activity.total) {
      this.#activities.set(group, { ...activity, done })
      return []
    }
    this.#activities.delete(group)
    return [{ kind: 'done', text: text(activity.total, this.#clock.now() - activity.startedAt) }]
  }

  #wait(group: string, event: LogEventOf<'waiting'>): Line[] {
    const until = Date.parse(event.until)
    const before = this.#waits.get(group)
    this.#waits.set(group, until)
    const now = this.#clock.now()
    const from = this.#activities.get(group)?.waits?.from ?? now
    const label = event.phase === 'draining' ? this.#words.waitingForStreams : this.#words.waitingForReceivers
    this.#activities.set(group, { label, done: 0, total: 0, startedAt: now, waits: { from, until } })
    if (before !== undefined && until - before <= SAME_WAIT_MS) return []
    const text = this.#words.waitUntil(label, localTime(until, now, this.#reader.timeZone), until - now)
    return [{ kind: 'note', text }]
  }

  #probe({ url, accepted, message }: LogEventOf<'probe'>): Line[] {
    const text = accepted ? this.#words.accepts(url) : this.#words.refuses(url, message)
    if (this.#probed.has(text)) return []
    this.#probed.add(text)
    return [{ kind: accepted ? 'done' : 'note', text }]
  }
}
