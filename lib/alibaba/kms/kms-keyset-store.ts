import type { Clock } from '../../core/clock.ts'
import { hasCode, RotatorError } from '../../core/errors.ts'
import {
  KEYSET_MAX_BYTES,
  keysetBytes,
  readKeyset,
  serializeKeyset,
  type Keyset,
} from '../../keyset/index.ts'
import type { KeysetStore, LoadedKeyset } from '../../rotation/ports.ts'
import type { KmsSecret } from './kms-secret.ts'
import { isAbsent, readRevisions, revisionOf, versionOf } from './revisions.ts'

/** A load that is older is not saved on: by then KMS may have dropped the version that a save must collide with. */
const FRESH_MS = 10 * 60_000
/** How often a list is asked for a version that was just saved, and how long is waited in between. */
const VISIBLE_TRIES = 6
const VISIBLE_WAIT_MS = 500
/** How often a list is read again when the version that it named is gone, or ACSCurrent moved meanwhile. */
const RELOADS = 4

export interface KmsKeysetStoreOptions {
  readonly secret: KmsSecret
  /** For creating the secret when it is absent. */
  readonly keyId: string | null
  readonly instanceId: string | null
  readonly clock: Clock
}

/**
 * The keyset documents in a secret of KMS. Revision n is the version `keyset-` + n, which KMS lets nobody write twice:
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

  constructor(options: KmsKeysetStoreOptions) {
    this.#options = options
  }

  /**
   * The document of the highest revision. Makes two calls, or more when a version disappears meanwhile.
   *
   * @throws RotatorError `keyset` when the secret holds something else than a valid keyset; what the calls throw.
   */
  async load(): Promise<LoadedKeyset> {
    const { secret, clock } = this.#options
    for (let tries = 1; ; tries++) {
      const loadedAt = clock.now()
      const { highest, current } = await readRevisions(secret)
      if (highest === 0) {
        if (await this.#isEmpty()) return { keyset: null, loadedAt, currentIsBehind: null }
        if (tries === RELOADS) throw this.#notListed(versionOf(1))
        continue
      }
      const versionId = versionOf(highest)
      try {
        const { secretData, createdAt } = await secret.value(versionId)
        const currentIsBehind = current === versionId ? null : current
        const keyset = this.#parse(secretData, highest)
        return { keyset, loadedAt, currentIsBehind, ...(createdAt !== undefined && { storedAt: createdAt }) }
      } catch (error) {
        // KMS keeps ten versions: this one may have gone since it was listed.
        if (!isAbsent(error) || tries === RELOADS) throw error
      }
    }
  }

  /**
   * Stores the next document. Where KMS did not plainly agree, reads back what is stored.
   *
   * @throws RotatorError `conflict` when another run stored that revision first; `keysetFull`; `deletionWindow`; what
   *   the calls throw.
   */
  async save(next: Keyset, base: LoadedKeyset): Promise<LoadedKeyset> {
    const { secret, clock } = this.#options
    const baseRevision = base.keyset?.revision ?? 0
    if (next.revision !== baseRevision + 1) {
      throw new TypeError(`revision ${next.revision} cannot follow revision ${baseRevision}`)
    }
    const bytes = keysetBytes(next)
    if (bytes > KEYSET_MAX_BYTES) {
      const size = `the keyset of group ${next.group} has ${bytes} bytes and KMS stores ${KEYSET_MAX_BYTES}`
      throw new RotatorError('keysetFull', `${size}: let old keys retire, or split the group`)
    }
    if (clock.now() - base.loadedAt > FRESH_MS) await this.#checkUnchanged(base)
    const versionId = versionOf(next.revision)
    const secretData = serializeKeyset(next)
    try {
      await this.#write(versionId, secretData, next.revision)
    } catch (error) {
      await this.#decide(versionId, secretData, error)
    }
    for (let tries = 1; ; tries++) {
      const loadedAt = clock.now()
      const { highest, current } = await readRevisions(secret)
      if (highest > next.revision) throw this.#conflict(highest)
      if (highest === next.revision) {
        return { keyset: next, loadedAt, currentIsBehind: current === versionId ? null : current }
      }
      if (tries === VISIBLE_TRIES) throw this.#notListed(versionId)
      await clock.sleep(VISIBLE_WAIT_MS)
    }
  }

  /** Points ACSCurrent at the highest revision, whoever moves it meanwhile. */
  async moveCurrentForward(): Promise<void> {
    const { secret } = this.#options
    let failure: RotatorError | null = null
    let before: string | null = null
    for (let tries = 1; tries <= RELOADS; tries++) {
      const { highest, current } = await readRevisions(secret)
      const versionId = versionOf(highest)
      if (highest === 0 || current === null || current === versionId) return
      // A move is refused when ACSCurrent is elsewhere by then. Refused without that, it will be refused again.
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
    const message = `ACSCurrent of secret ${secret.name} is moved back again and again; find out by whom`
    throw new RotatorError('unavailable', message, { retryable: true })
  }

  /** No keyset yet: the secret is absent, or empty. False when a keyset came meanwhile; else it is somebody's. */
  async #isEmpty(): Promise<boolean> {
    const { secret } = this.#options
    try {
      const { versionId, secretData } = await secret.value()
      if (/^\s*(\{\s*\}\s*)?$/.test(secretData)) return true
      if (revisionOf(versionId) > 0) return false
      throw new RotatorError(
        'keyset',
        `secret ${secret.name} holds something else than a keyset (version ${versionId}); ` +
          'configure another secret, or empty this one by hand',
      )
    } catch (error) {
      if (isAbsent(error)) return true
      throw error
    }
  }

  #parse(secretData: string, revision: number): Keyset {
    const where = `secret ${this.#options.secret.name}, version ${versionOf(revision)}`
    let keyset: Keyset
    try {
      keyset = readKeyset(secretData)
    } catch (error) {
      throw hasCode(error, 'keyset') ? new RotatorError('keyset', `${where}: ${error.message}`) : error
    }
    if (keyset.revision === revision) return keyset
    const problem = `it holds revision ${keyset.revision}; somebody wrote it by hand`
    throw new RotatorError('keyset', `${where}: ${problem}`)
  }

  async #checkUnchanged(base: LoadedKeyset): Promise<void> {
    const { keyset } = await this.load()
    if (keyset?.revision === base.keyset?.revision && keyset?.lineage === base.keyset?.lineage) return
    throw this.#conflict(keyset?.revision ?? 0)
  }

  async #write(versionId: string, secretData: string, revision: number): Promise<void> {
    const { secret, keyId, instanceId } = this.#options
    try {
      await secret.put(versionId, secretData)
    } catch (error) {
      if (revision !== 1 || !isAbsent(error)) throw error
      await secret.create({ versionId, secretData, encryptionKeyId: keyId, dkmsInstanceId: instanceId })
    }
  }

  /** What became of a save whose answer was no plain success. Returns when it is stored after all. */
  async #decide(versionId: string, secretData: string, error: unknown): Promise<void> {
    const stored = await this.#readBack(versionId)
    if (stored === secretData) return
    if (stored !== null || hasCode(error, 'alreadyExists')) throw this.#conflict(revisionOf(versionId))
    throw error
  }

  async #readBack(versionId: string): Promise<string | null> {
    try {
      return (await this.#options.secret.value(versionId)).secretData
    } catch (error) {
      if (isAbsent(error)) return null
      throw error
    }
  }

  #notListed(versionId: string): RotatorError {
    return new RotatorError(
      'unavailable',
      `version ${versionId} of secret ${this.#options.secret.name} is stored and not listed yet; the next run goes on with it`,
      { retryable: true },
    )
  }

  #conflict(revision: number): RotatorError {
    return new RotatorError(
      'conflict',
      `another run changed the keyset in secret ${this.#options.secret.name} (revision ${revision}); load it again`,
    )
  }
}
