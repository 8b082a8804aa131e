import { isoTime } from '../clock.ts'
import { count } from '../counts.ts'
import { RotatorError } from '../errors.ts'
import { currentKey, pendingKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { isLate, revoke } from '../keyset/moves.ts'
import { listStreams, nameOf, saveCleared, surveyStreams } from './drain.ts'
import type { GroupRun } from './group-run.ts'
import { names } from './observe.ts'
import type { OnlineStream } from './ports.ts'
import { canSignWith, interruptKeys, signingWindow, type SigningWindow } from './streams.ts'

const ROUNDS = 5
/** How long Live and the encoder are given before the lists are asked again, longer each time. */
const PAUSE_MS = 5_000
/**
 * Streams that are being cut at any moment, of one domain or of several: enough for the throttle to set the pace and not
 * the calls' latency, and few enough for no list to be old when its turn comes.
 */
const AT_A_TIME = 5

export type Interrupted =
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting'; readonly until?: number }
  | { readonly kind: 'left'; readonly error: RotatorError }

/**
 * Cuts every running stream that can sign with a leaked key whose emergency chose `interrupt`, so that its encoder
 * pushes again and signs with the fresh key; then the leaked key is revoked. Streams are listed when all that were pushed
 * before the switch can be told from those after it, again right before they are cut, and a stream is cut once.
 */
export async function interruptStreams(run: GroupRun): Promise<Interrupted> {
  const before = run.ledger.keyset
  if (!hasInterruptKeys(before)) return { kind: 'done' }
  // When a domain has left a leaked key only now, its streams are told apart from now on.
  await saveCleared(run)
  const { keyset } = run.ledger
  const current = keyset && currentKey(keyset)
  if (!hasInterruptKeys(keyset) || !current) return { kind: 'done' }

  const cuts = new Cuts(run, keyset, current)
  const { waitUntil, deadline, clock } = run.environment
  if (cuts.listFrom > waitUntil) return { kind: 'waiting', until: cuts.listFrom }
  if (cuts.listFrom > run.now()) {
    run.log({
      level: 'info',
      event: 'waiting',
      phase: 'draining',
      until: isoTime(cuts.listFrom),
    })
    await clock.sleep(cuts.listFrom - run.now())
  }
  for (let round = 1; ; round++) {
    await surveyStreams(run)
    const { streams, unlisted } = run.survey ?? { streams: [], unlisted: [] }
    const signing = streams.filter((stream) => cuts.isStillSigning(stream))
    if (signing.length === 0 && unlisted.length === 0) break
    // Where the domain is still on the leaked key, a cut would only bring the stream back on it.
    const domains = new Set(
      signing.map(({ domain }) => domain).filter((domain) => run.isOn(domain, current.kid)),
    )
    if (round > ROUNDS || (domains.size === 0 && unlisted.length === 0)) {
      return { kind: 'left', error: leftOver(run, signing, unlisted) }
    }
    await cuts.cutDomains(domains)
    const pause = PAUSE_MS * round
    if (run.now() + pause > deadline) return { kind: 'waiting' }
    await clock.sleep(pause)
  }
  await revokeInterrupted(run)
  return { kind: 'done' }
}

/** What has been cut in this run, and what there is to cut. */
class Cuts {
  /** From when on a list tells which streams were pushed before the switch. */
  readonly listFrom: number
  readonly #run: GroupRun
  readonly #current: KeyEntry
  /** When the domains that were switched in time had all left the leaked keys. */
  readonly #switched: number
  readonly #windows: readonly SigningWindow[]
  /** Streams that are or were cut, and the push that was cut. */
  readonly #cut = new Map<string, number>()

  constructor(run: GroupRun, keyset: Keyset, current: KeyEntry) {
    this.#run = run
    this.#current = current
    this.#switched = Date.parse(current.appliedAt ?? keyset.updatedAt) + run.group.overlap.clockSkewMs
    this.#windows = interruptKeys(keyset).map((entry) => signingWindow(entry, run.group))
    const ends = this.#windows.map(({ until }) => until).filter((until) => until !== Infinity)
    this.listFrom = Math.max(this.#switched, ...ends) + 1_000
  }

  /** Whether it can sign with a leaked key: not when it came back after this run cut it, whatever the clocks say. */
  isStillSigning(stream: OnlineStream): boolean {
    const cutPush = this.#cut.get(ingestNameOf(stream))
    if (cutPush !== undefined && cutPush !== stream.publishedAt) return false
    const end = this.#endOf(stream.domain)
    return this.#windows.some(({ from, until }) => canSignWith(stream, { from, until: end ?? until }))
  }

  /** When the domain's pushes were on a leaked key for the last time; undefined for the windows' own end. */
  #endOf(domain: string): number | undefined {
    // Every push on a domain that is not known to have left the leaked key is under it.
    if (!this.#run.isOn(domain, this.#current.kid)) return Infinity
    return isLate(this.#current, domain) ? undefined : this.#switched
  }

  /** Until the time of the run is over. */
  async cutDomains(domains: ReadonlySet<string>): Promise<void> {
    const { deadline } = this.#run.environment
    const abreast = Math.min(AT_A_TIME, domains.size)
    const batch = Math.floor(AT_A_TIME / abreast)
    const left = domains.values()
    const cutNext = async (): Promise<void> => {
      for (let next = left.next(); !next.done && this.#run.now() <= deadline; next = left.next()) {
        await this.#cutDomain(next.value, batch)
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: abreast }, cutNext))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  /** Cuts the domain's streams, a few at a time, each few on a list of their own: others may have pushed again by then. */
  async #cutDomain(domain: string, batchSize: number): Promise<void> {
    const tried = new Set<string>()
    for (;;) {
      const listed = await listStreams(this.#run, domain)
      if (listed instanceof RotatorError) return
      const todo = listed.filter((stream) => {
        const name = ingestNameOf(stream)
        return this.isStillSigning(stream) && !this.#cut.has(name) && !tried.has(name)
      })
      if (todo.length === 0) return
      await this.#run.ledger.stillToSet(this.#current.kid)
      const batch = todo.slice(0, batchSize)
      for (const stream of batch) tried.add(ingestNameOf(stream))
      await Promise.all(batch.map((stream) => this.#cutStream(stream)))
    }
  }

  async #cutStream(stream: OnlineStream): Promise<void> {
    const run = this.#run
    const name = ingestNameOf(stream)
    if (this.#cut.has(name)) return
    this.#cut.set(name, stream.publishedAt)
    try {
      await run.ports.live.interrupt(stream, { deadline: run.environment.deadline })
    } catch (error) {
      this.#cut.delete(name)
      if (!(error instanceof RotatorError)) throw error
      if (error.code !== 'deadline') run.warn(`stream ${nameOf(stream)} could not be cut: ${error.message}`)
      return
    }
    run.interrupted++
    run.log({ level: 'info', event: 'interrupted', domain: stream.domain, message: nameOf(stream) })
  }
}

/** A stream as it is pushed: several streaming domains may show the same one. */
function ingestNameOf({ publishDomain, app, stream }: OnlineStream): string {
  return `${publishDomain}/${app}/${stream}`
}

function hasInterruptKeys(keyset: Keyset | null): keyset is Keyset {
  return keyset !== null && !pendingKey(keyset) && interruptKeys(keyset).length > 0
}

/** Only keys that no domain is set to: that takes every domain's reading. */
async function revokeInterrupted(run: GroupRun): Promise<void> {
  await run.ledger.change('interrupted streams are gone', (document, now) => {
    if (!run.provesAbsence()) return null
    const kids = interruptKeys(document)
      .filter((entry) => typeof entry.clearedAt === 'string')
      .map(({ kid }) => kid)
    return kids.length === 0 ? null : revoke(document, kids, run.kidsInUse(), now)
  })
}

function leftOver(run: GroupRun, left: readonly OnlineStream[], unlisted: readonly string[]): RotatorError {
  return new RotatorError(
    'rotationFailed',
    `group ${run.group.name}: ${count(left.length, 'running stream')} could not be brought off a leaked key` +
      (left.length > 0 ? ` (${names(left.map(nameOf))})` : '') +
      (unlisted.length > 0 ? `, and the streams of ${names(unlisted)} could not be listed` : '') +
      '. The key stays compromised, its callbacks are not trusted; the next reconcile goes on',
  )
}
