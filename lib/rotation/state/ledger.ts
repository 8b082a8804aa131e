import { randomBytes } from 'node:crypto'
import { elapsedSince, type Clock } from '../../core/clock.ts'
import type { GroupConfig } from '../../config/types.ts'
import { hasCode, RotatorError, unavailable } from '../../core/errors.ts'
import { serializeKeyset } from '../../keyset/document.ts'
import { InvalidKeyset } from '../../keyset/invalid.ts'
import { currentKey, newKeyset, targetKey, type Keyset } from '../../keyset/keyset.ts'
import { asLateAsStored, nextRevision } from '../../keyset/moves/revision.ts'
import { fit, type GaveWay } from '../../keyset/room.ts'
import { revisionOf } from '../../keyset/version-id.ts'
import type { KeysetStore, LoadedKeyset, Log, Pass } from '../ports.ts'
import type { Change } from '../report/events.ts'

/** Maximum age of the load that a set relies on: fences off a run that was frozen while another one took over. */
export const FENCE_MS = 10_000
/** How often a working run reads again, so that no set waits for a read. */
const REFRESH_MS = 5_000
const MOST_CONFLICTS = 10
const MOST_FENCE_READS = 3

/** A change to the document; null if there is nothing to change. Called again after a lost race. */
export type Move = (keyset: Keyset, now: number) => Keyset | null

export interface LedgerOptions {
  readonly store: KeysetStore
  readonly group: GroupConfig
  readonly clock: Clock
  readonly log: Log
  /** Receives everything that was dropped to fit the document. Default: nobody. */
  readonly onGaveWay?: (gaveWay: GaveWay) => void
  /** How far the cloud's clock is ahead of this one, in milliseconds. Default: not at all. */
  readonly cloudAheadMs?: () => number
}

/** The group's document as this run knows it: the newest that it read or saved. */
export class Ledger {
  readonly #options: LedgerOptions
  #generation = 0
  #loaded: LoadedKeyset | undefined
  #recovered = false
  /** Whether this run saved it, so that its time of storage is by this machine's clock. */
  #savedHere = false
  #reading: Promise<void> | undefined

  constructor(options: LedgerOptions) {
    this.#options = options
  }

  /** null if there is no keyset yet, or none was read. */
  get keyset(): Keyset | null {
    return this.#loaded?.keyset ?? null
  }

  /** Whether the secret was read: if so, a null keyset means that there is none yet. */
  get wasRead(): boolean {
    return this.#loaded !== undefined
  }

  /**
   * Grows whenever another run turns out to have saved: domains read before that no longer prove that a key is on none of
   * them.
   */
  get generation(): number {
    return this.#generation
  }

  /** When the document was stored; undefined if unknown. */
  get storedAt(): number | undefined {
    return this.#loaded?.storedAt
  }

  /** The version that ACSCurrent points to although a newer one is stored; null if it is up to date. */
  get currentIsBehind(): string | null {
    return this.#loaded?.currentIsBehind ?? null
  }

  /** Whether the document was recovered from a valid version below an invalid one and is not saved yet. */
  get recovered(): boolean {
    return this.#recovered
  }

  async load(): Promise<void> {
    this.#take(await this.#options.store.load())
  }

  /**
   * Loads. If the newest document is invalid, continues from the newest valid one, which the next save restores.
   *
   * @returns what is invalid; undefined if nothing is.
   */
  async loadOrRecover(): Promise<InvalidKeyset | undefined> {
    try {
      await this.load()
      return undefined
    } catch (error) {
      if (!(error instanceof InvalidKeyset)) throw error
      await this.recover()
      return error
    }
  }

  async recover(): Promise<void> {
    this.#take(await this.#options.store.recover())
    this.#recovered = true
  }

  #take(loaded: LoadedKeyset): void {
    const { keyset } = loaded
    const { name, secret } = this.#options.group
    if (keyset && keyset.group !== name) {
      throw new RotatorError(
        'keyset',
        `secret ${secret} holds the keyset of group ${keyset.group}, not of ${name}; ` +
          'give each group a secret of its own',
      )
    }
    const known = this.#loaded?.keyset
    // A slow read may end after a newer save by this run.
    const older = known && keyset?.lineage === known.lineage && keyset.revision < known.revision
    if (older) return
    if (this.#loaded && (keyset?.revision ?? 0) !== (known?.revision ?? 0)) this.#generation++
    this.#loaded = loaded
    this.#recovered = false
    this.#savedHere = false
  }

  /**
   * Ensures that ACSCurrent, which receivers read, is on the newest document: moves it there, or saves the document again
   * if others could push it out or it was only recovered.
   */
  async bringForward(): Promise<void> {
    if (this.#recovered) await this.change('restored', (keyset) => (keyset.keys.length > 0 ? keyset : null))
    else if (this.#isDisplaced())
      await this.change('savedAgain', (keyset) => (this.#isDisplaced() ? keyset : null))
    else if (this.currentIsBehind !== null) {
      await this.#options.store.moveCurrentForward()
      await this.load()
    }
  }

  /** Whether KMS's list of versions shows what was saved last. */
  isListed(): Promise<boolean> {
    return this.#options.store.isListed()
  }

  /** ACSCurrent is on a version that is not a keyset: what writes those pushes keysets out of the ten that KMS keeps. */
  #isDisplaced(): boolean {
    return this.currentIsBehind !== null && revisionOf(this.currentIsBehind) === 0
  }

  /**
   * Saves what `move` returns, fitted to the room there is. After a lost race, loads the document and calls `move` again.
   *
   * @returns false if there was nothing to save.
   * @throws RotatorError `keysetFull`; what the store throws.
   */
  async change(what: Change, move: Move): Promise<boolean> {
    const { store, group, clock, log, onGaveWay } = this.#options
    for (let conflicts = 0; ; conflicts++) {
      const base = this.#base
      const before = base.keyset
        ? asLateAsStored(base.keyset, this.#storedByCloud(base))
        : newKeyset(group.name, randomBytes(6).toString('hex'))
      const now = clock.now()
      const changed = move(before, now)
      if (changed === null) return false
      const { keyset, gaveWay } = fit(before, changed, now)
      for (const each of gaveWay) onGaveWay?.(each)
      const mustBeSaved = this.#recovered || this.#isDisplaced()
      if (!mustBeSaved && serializeKeyset(keyset) === serializeKeyset(before)) return false
      const next = nextRevision(before, keyset, group.ttlMs, now)
      try {
        this.#loaded = { ...(await store.save(next, base)), storedAt: clock.now() }
        this.#recovered = false
        this.#savedHere = true
        log({ level: 'info', event: 'saved', revision: next.revision, change: what })
        return true
      } catch (error) {
        if (!hasCode(error, 'conflict') || conflicts >= MOST_CONFLICTS) throw error
        log({ level: 'info', event: 'conflict', revision: next.revision })
        await this.load()
      }
    }
  }

  /** When it was stored by the cloud's clock, which other machines go by. */
  #storedByCloud({ storedAt }: LoadedKeyset): number | undefined {
    if (storedAt === undefined || !this.#savedHere) return storedAt
    return storedAt + (this.#options.cloudAheadMs?.() ?? 0)
  }

  /**
   * Checks that `kid` is still the key to set, on a load younger than {@link FENCE_MS}.
   *
   * @param currentIsToSet - Whether the current key may be set although another one is pending.
   * @returns whether that still holds, by what the run knows then.
   * @throws RotatorError `fenced` when another run took over; `unavailable` when KMS answers too slowly to tell; what the
   *   read throws.
   */
  async stillToSet(kid: string, currentIsToSet: (keyset: Keyset) => boolean = () => false): Promise<Pass> {
    if (this.#age() >= REFRESH_MS) {
      const reading = this.readAgain()
      // The read runs in the background; a failure surfaces when a set has to wait for one.
      reading.catch(() => undefined)
    }
    // A run may be frozen in any of these waits, so check the age until it is young.
    for (let reads = 0; this.#age() >= FENCE_MS; reads++) {
      if (reads === MOST_FENCE_READS) throw this.#tooSlow()
      await this.readAgain()
    }
    const isToSet = (): boolean => {
      const { keyset } = this
      if (!keyset) return false
      return targetKey(keyset)?.kid === kid || (currentKey(keyset)?.kid === kid && currentIsToSet(keyset))
    }
    if (isToSet()) return () => this.#age() < FENCE_MS && isToSet()
    throw new RotatorError(
      'fenced',
      `another run took over, and key ${kid} is no longer the one to set. ` +
        'This run sets nothing more; the other run or the next reconcile finishes',
    )
  }

  #tooSlow(): RotatorError {
    return unavailable(
      `secret ${this.#options.group.secret} cannot be read within ${FENCE_MS / 1000} s, so it is unknown whether this run may still ` +
        'set keys; the next run continues',
    )
  }

  #age(): number {
    return elapsedSince(this.#base.loadedAt, this.#options.clock)
  }

  /** Loads; concurrent callers share one load. */
  readAgain(): Promise<void> {
    this.#reading ??= this.load().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  get #base(): LoadedKeyset {
    if (!this.#loaded) throw new TypeError('the keyset is used before it was loaded')
    return this.#loaded
  }
}
