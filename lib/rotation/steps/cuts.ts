import { elapsedSince, momentOf, type Moment } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import type { KeyEntry, Keyset } from '../../keyset/keyset.ts'
import { isLate } from '../../keyset/moves/notes.ts'
import type { GroupContext } from '../state/context.ts'
import { problemOf } from '../report/findings.ts'
import { listStreams } from './survey.ts'
import type { OnlineStream, Pass } from '../ports.ts'
import { canSignWith, interruptKeys, nameOf, signingWindow, type SigningWindow } from '../state/streams.ts'

/**
 * Maximum number of streams being cut at once, of one domain or several: enough that the throttle sets the pace and not
 * the calls' latency, few enough that no list is stale when its turn comes.
 */
const AT_A_TIME = 5
/** How long a list is shared. */
const SHARED_MS = 250
/** Maximum age of a list at a cut. An older one, after a slow answer or a frozen process, is read again a few times. */
const FRESH_MS = 2_000
const LIST_TRIES = 3

/** What this run has cut, and what is left to cut. */
export class Cuts {
  /** When lists can first tell streams pushed before the switch from later ones. */
  readonly listFrom: number
  readonly #run: GroupContext
  readonly #current: KeyEntry
  /** When the domains that are not late had all left the leaked keys. */
  readonly #switched: number
  readonly #windows: readonly SigningWindow[]
  /** Streams that are being or have been cut, with the push that was cut. */
  readonly #cut = new Map<string, number>()
  /** The latest list of each domain, and when it was requested. */
  readonly #lists = new Map<
    string,
    { readonly began: Moment; readonly listed: ReturnType<typeof listStreams> }
  >()
  #stoppedBy: unknown
  /** Streams whose last cut failed. */
  readonly #failures = new Map<string, { readonly stream: OnlineStream; readonly error: RotatorError }>()

  constructor(run: GroupContext, keyset: Keyset, current: KeyEntry) {
    this.#run = run
    this.#current = current
    this.#switched = Date.parse(current.appliedAt ?? keyset.updatedAt) + run.group.overlap.clockSkewMs
    this.#windows = interruptKeys(keyset).map((entry) => signingWindow(entry, run.group))
    const late = Object.values(current.arrivedAt ?? {}).map(
      (at) => Date.parse(at) + run.group.overlap.clockSkewMs,
    )
    const ends = this.#windows.map(({ until }) => until).filter((until) => until !== Infinity)
    this.listFrom = Math.max(this.#switched, ...late, ...ends) + 1_000 + behindMs(run.cloudAheadMs)
  }

  /** Whether the stream can sign with a leaked key. Not if it came back after this run cut it, whatever the clocks say. */
  isStillSigning(stream: OnlineStream): boolean {
    const cutPush = this.#cut.get(ingestNameOf(stream))
    if (cutPush !== undefined && cutPush !== stream.publishedAt) return false
    const end = this.#endOf(stream.domain)
    return this.#windows.some(({ from, until }) => canSignWith(stream, { from, until: end ?? until }))
  }

  /**
   * Whether a cut can help. While the domain is on the leaked key, the stream would come back on it; and what was denied
   * once is denied again.
   */
  mayCut(stream: OnlineStream): boolean {
    const { error } = this.#failures.get(ingestNameOf(stream)) ?? {}
    return this.#run.seen.isOn(stream.domain, this.#current.kid) && error?.code !== 'denied'
  }

  /** Warns once of all streams that, as far as is known, still sign with a leaked key because their cuts failed. */
  warnOfFailures(): void {
    const { streams = [], unlisted = [] } = this.#run.seen.survey ?? {}
    const signing = new Set(streams.filter((stream) => this.isStillSigning(stream)).map(ingestNameOf))
    const left = [...this.#failures].filter(
      ([name, { stream }]) => signing.has(name) || unlisted.includes(stream.domain),
    )
    const [first] = left
    if (!first) return
    this.#run.journal.warn({
      kind: 'streamsNotCut',
      streams: left.map(([, { stream }]) => nameOf(stream)),
      problem: problemOf(first[1].error),
    })
  }

  /** When a push on the domain could last get a leaked key; undefined for the windows' own end. */
  #endOf(domain: string): number | undefined {
    // A domain that is not known to have left the leaked key signs every push with it.
    if (!this.#run.seen.isOn(domain, this.#current.kid)) return Infinity
    if (!isLate(this.#current, domain)) return this.#switched
    const arrivedAt = this.#current.arrivedAt?.[domain]
    return arrivedAt === undefined ? undefined : Date.parse(arrivedAt) + this.#run.group.overlap.clockSkewMs
  }

  /** Cuts until the run's time is over. */
  async cutDomains(domains: ReadonlySet<string>): Promise<void> {
    const { deadline } = this.#run.environment
    const parallel = Math.min(AT_A_TIME, domains.size)
    const batch = Math.floor(AT_A_TIME / parallel)
    const left = domains.values()
    const cutNext = async (): Promise<void> => {
      for (let next = left.next(); !next.done && this.#run.now() <= deadline; next = left.next()) {
        await this.#cutDomain(next.value, batch)
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: parallel }, cutNext))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  /** Cuts the domain's streams in small batches, each from a new list, because others may have been pushed again. */
  async #cutDomain(domain: string, batchSize: number): Promise<void> {
    const tried = new Set<string>()
    for (;;) {
      const listed = await this.#list(domain)
      if (listed instanceof RotatorError) return
      const todo = listed.filter((stream) => {
        const name = ingestNameOf(stream)
        return this.isStillSigning(stream) && this.mayCut(stream) && !this.#cut.has(name) && !tried.has(name)
      })
      if (todo.length === 0) return
      const batch = todo.slice(0, batchSize)
      for (const stream of batch) tried.add(ingestNameOf(stream))
      await Promise.all(batch.map((stream) => this.#cutStream(stream)))
    }
  }

  async #cutStream(stream: OnlineStream): Promise<void> {
    const { live, environment, journal } = this.#run
    const name = ingestNameOf(stream)
    if (this.#cut.has(name)) return
    this.#cut.set(name, stream.publishedAt)
    try {
      await live.interrupt(stream, { fence: () => this.#checkLast(stream), deadline: environment.deadline })
    } catch (error) {
      this.#cut.delete(name)
      if (error instanceof CameBack) return
      // What stops the whole run is not this stream's failure.
      if (!(error instanceof RotatorError) || error === this.#stoppedBy) throw error
      if (error.code === 'deadline') return
      this.#failures.set(name, { stream, error })
      const { domain } = stream
      journal.note({
        level: 'debug',
        event: 'notInterrupted',
        domain,
        stream: nameOf(stream),
        ...problemOf(error),
      })
      return
    }
    this.#failures.delete(name)
    journal.note({ level: 'info', event: 'interrupted', domain: stream.domain, stream: nameOf(stream) })
  }

  /**
   * The last check before a cut, once the throttle has given the turn. A run may be frozen anywhere, so what it read before
   * it woke up is read again.
   *
   * @throws CameBack when the push is over or cannot be confirmed; RotatorError as the fence does.
   */
  async #checkLast(stream: OnlineStream): Promise<Pass> {
    const { clock } = this.#run.environment
    for (let tries = 0; tries < LIST_TRIES; tries++) {
      const began = momentOf(clock)
      const isFresh = (): boolean => elapsedSince(began, clock) <= FRESH_MS
      const pass = await this.#fence()
      const listed = await this.#list(stream.domain)
      if (listed instanceof RotatorError) break
      if (!isFresh()) continue
      const isThere = listed.some(
        (one) => ingestNameOf(one) === ingestNameOf(stream) && one.publishedAt === stream.publishedAt,
      )
      if (isThere) return () => isFresh() && pass()
      break
    }
    throw new CameBack()
  }

  async #fence(): Promise<Pass> {
    try {
      return await this.#run.ledger.stillToSet(this.#current.kid)
    } catch (error) {
      this.#stoppedBy = error
      throw error
    }
  }

  /** The domain's current streams. Cuts at the same time share a list. */
  #list(domain: string): ReturnType<typeof listStreams> {
    const { clock } = this.#run.environment
    const last = this.#lists.get(domain)
    if (last && elapsedSince(last.began, clock) < SHARED_MS) return last.listed
    const next = { began: momentOf(clock), listed: listStreams(this.#run, domain) }
    this.#lists.set(domain, next)
    return next.listed
  }
}

/**
 * How much later to list, so that a stream that comes back is not listed as pushed before the switch: by a clock that is
 * behind, which is known to the second.
 */
function behindMs(cloudAheadMs: number): number {
  return cloudAheadMs < 0 ? 1_000 - cloudAheadMs : 0
}

/** The push to be cut is over; its stream may be back with the fresh key. */
class CameBack extends Error {}

/** A stream by its ingest domain: several streaming domains may list the same one. */
function ingestNameOf({ publishDomain, app, stream }: OnlineStream): string {
  return `${publishDomain}/${app}/${stream}`
}
