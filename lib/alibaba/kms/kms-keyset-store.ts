import { randomBytes } from 'node:crypto'
import { elapsedSince, momentOf, type Clock } from '../../core/clock.ts'
import { RotatorError, unavailable } from '../../core/errors.ts'
import { serializeKeyset } from '../../keyset/document.ts'
import { InvalidKeyset } from '../../keyset/invalid.ts'
import { newKeyset, type Keyset } from '../../keyset/keyset.ts'
import { KEYSET_MAX_BYTES, keysetBytes } from '../../keyset/room.ts'
import { LAST_REVISION, revisionOf, versionOf } from '../../keyset/version-id.ts'
import { lineOf, type VersionLine } from '../../keyset/version-line.ts'
import type { KeysetStore, LoadedKeyset } from '../../rotation/ports.ts'
import type { SecretValue } from './kms-client.ts'
import type { KmsSecret } from './kms-secret.ts'
import { isAbsent, readVersions } from './versions.ts'
import { checkUnused, outOfLine, readStored } from './stored-document.ts'
import { conflict, saveVersion } from './uncertain-save.ts'

/** A save checks an older load again: by then KMS may have dropped the version that the save must collide with. */
const FRESH_MS = 10 * 60_000
/** How often a list is read again if the version that it named is gone or ACSCurrent has moved. */
const RELOADS = 4

export interface KmsKeysetStoreOptions {
  readonly secret: KmsSecret
  /** The group's name, for a first document. */
  readonly group: string
  /** For creating the secret if it is absent. */
  readonly keyId: string | null
  readonly instanceId: string | null
  readonly clock: Clock
}

/**
 * The keyset documents in a KMS secret. Revision n is stored as version `keyset-` + n, which KMS never accepts twice:
 * that is the lock.
 *
 * @example
 * ```ts
 * const base = await store.load()
 * if (base.keyset) await store.save(nextRevision(base.keyset, changed, ttlMs, clock.now()), base)
 * ```
 */
export class KmsKeysetStore implements KeysetStore {
  readonly #options: KmsKeysetStoreOptions
  /** The newest revision known to be stored; the list of versions may lag behind it. */
  #known = 0
  /** Whether a list has shown the last save. */
  #isListed = true

  constructor(options: KmsKeysetStoreOptions) {
    this.#options = options
  }

  /**
   * Loads the document of the highest revision that the list or ACSCurrent shows. Makes two calls; more if a version
   * disappears meanwhile or ACSCurrent is elsewhere.
   *
   * @throws InvalidKeyset for a document that breaks the rules, or one out of line under ACSCurrent; RotatorError
   *   `keyset` if the secret holds something else; what the calls throw.
   */
  async load(): Promise<LoadedKeyset> {
    const { secret, clock } = this.#options
    for (let tries = 1; ; tries++) {
      const loadedAt = momentOf(clock)
      const listed = await readVersions(secret)
      const current = await this.#current()
      const currentRevision = revisionOf(current?.versionId ?? '')
      const line = lineOf([...listed, versionOf(this.#known), versionOf(currentRevision)])
      const highest = line.inLine.at(-1) ?? 0
      if (current && line.outOfLine.includes(currentRevision))
        throw outOfLine(secret, current.versionId, highest)
      if (highest === 0) {
        await checkUnused(secret, listed)
        return { keyset: null, loadedAt, currentIsBehind: null }
      }
      try {
        const value =
          current && currentRevision === highest ? current : await secret.value(versionOf(highest))
        const currentIsBehind = value === current ? null : (current?.versionId ?? null)
        const storedAt = value.createdAt
        const keyset = readStored(secret, value)
        return { keyset, loadedAt, currentIsBehind, ...(storedAt !== undefined && { storedAt }) }
      } catch (error) {
        // KMS keeps ten versions: this one may be gone since it was listed.
        if (!isAbsent(error) || tries === RELOADS) throw error
        this.#known = 0
      }
    }
  }

  /**
   * Stores the next document. Unless KMS answers with plain success, reads back what is stored.
   *
   * @throws RotatorError `conflict` if another run stored that revision first; `keysetFull`; `deletionWindow`; what the
   *   calls throw.
   */
  async save(next: Keyset, base: LoadedKeyset): Promise<LoadedKeyset> {
    const { secret, clock, keyId, instanceId } = this.#options
    const baseRevision = base.keyset?.revision ?? 0
    if (next.revision !== baseRevision + 1) {
      throw new TypeError(`revision ${next.revision} cannot follow revision ${baseRevision}`)
    }
    const bytes = keysetBytes(next)
    if (bytes > KEYSET_MAX_BYTES) {
      const size = `the keyset of group ${next.group} has ${bytes} bytes, and KMS stores at most ${KEYSET_MAX_BYTES}`
      throw new RotatorError('keysetFull', `${size}: let old keys retire, or split the group`)
    }
    if (elapsedSince(base.loadedAt, clock) > FRESH_MS) await this.#checkUnchanged(base)
    const loadedAt = momentOf(clock)
    const versionId = versionOf(next.revision)
    const version = {
      versionId,
      secretData: serializeKeyset(next),
      encryptionKeyId: keyId,
      dkmsInstanceId: instanceId,
    }
    const saved = await saveVersion(secret, version, next.revision === 1, clock)
    this.#known = next.revision
    this.#isListed = false
    if (saved === 'lost') throw conflict(secret)
    // Our version is stored even if the list does not show it yet; a version above it was stored later.
    this.#known = await this.#highest()
    if (this.#known > next.revision) throw conflict(secret)
    return { keyset: next, loadedAt, currentIsBehind: null }
  }

  async isListed(): Promise<boolean> {
    if (!this.#isListed) await this.#line()
    return this.#isListed
  }

  /** Points ACSCurrent at the highest revision, even if others move it in the meantime. */
  async moveCurrentForward(): Promise<void> {
    const { secret } = this.#options
    let failure: RotatorError | null = null
    let before: string | null = null
    for (let tries = 1; tries <= RELOADS; tries++) {
      const current = (await this.#current())?.versionId ?? null
      const highest = await this.#highest()
      const versionId = versionOf(highest)
      if (highest === 0 || current === null || current === versionId) return
      // KMS refuses a move if ACSCurrent has moved since. If it has not, KMS would refuse again.
      if (failure !== null && before === current) throw failure
      before = current
      try {
        await secret.moveCurrent(current, versionId)
        failure = null
      } catch (error) {
        if (!(error instanceof RotatorError)) throw error
        failure = error
      }
    }
    const message = `something keeps moving ACSCurrent of secret ${secret.name} back: find out what, and stop it`
    throw unavailable(message)
  }

  /**
   * The newest valid document, or a first one if there is none, with a new lineage and the number that the next save
   * follows. Saves nothing itself: the next save stores it.
   */
  async recover(): Promise<LoadedKeyset> {
    const { group, clock } = this.#options
    const loadedAt = momentOf(clock)
    const { inLine } = await this.#line()
    const highest = inLine.at(-1) ?? 0
    const lineage = randomBytes(6).toString('hex')
    const valid = await this.#newestValid(inLine)
    // Nothing can follow the last number, so the restart goes below it; that puts the last number out of line.
    const revision = highest === LAST_REVISION ? 0 : highest
    const keyset = { ...(valid ?? newKeyset(group, lineage)), lineage, revision }
    return { keyset: revision === 0 && valid === null ? null : keyset, loadedAt, currentIsBehind: null }
  }

  async #line(): Promise<VersionLine> {
    const versionIds = await readVersions(this.#options.secret)
    const known = versionOf(this.#known)
    if (versionIds.includes(known)) this.#isListed = true
    return lineOf([...versionIds, known])
  }

  async #highest(): Promise<number> {
    return (await this.#line()).inLine.at(-1) ?? 0
  }

  async #newestValid(revisions: readonly number[]): Promise<Keyset | null> {
    const { secret } = this.#options
    for (const revision of [...revisions].reverse()) {
      try {
        return readStored(secret, await secret.value(versionOf(revision)))
      } catch (error) {
        if (!(error instanceof InvalidKeyset) && !isAbsent(error)) throw error
      }
    }
    return null
  }

  /** The version under ACSCurrent, which receivers read; null if there is no secret. */
  async #current(): Promise<SecretValue | null> {
    try {
      return await this.#options.secret.value()
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    }
  }

  async #checkUnchanged(base: LoadedKeyset): Promise<void> {
    const { keyset } = await this.load()
    if (keyset?.revision === base.keyset?.revision && keyset?.lineage === base.keyset?.lineage) return
    throw conflict(this.#options.secret)
  }
}
