import type { Assumptions } from '../assumptions.ts'
import { LOCAL_ACCOUNT_ID } from '../local-account.ts'
import { SecretRefusal } from './secret-refusal.ts'
import { CURRENT, PREVIOUS, SecretData, type Secret, type SecretVersion } from './secret.ts'

const MOST_VERSIONS = 10
const MOST_STAGES = 8
const LARGEST_DATA = 30_720
const NAME = /^[A-Za-z0-9_/+=.@-]{1,192}$/

/** A version as a list shows it. */
export type ListedVersion = Pick<SecretVersion, 'id' | 'createdAt'> & { readonly stages: readonly string[] }

/** What a list showed from `at` on. */
interface Listing {
  readonly at: number
  readonly versions: readonly ListedVersion[]
}

export interface NewVersion {
  readonly versionId: string
  readonly data: string
  readonly type?: 'text' | 'binary'
}

/** KMS Secrets Manager without a wire: what each operation does to the stored secrets. Throws {@link SecretRefusal}. */
export class Secrets {
  readonly #assumptions: Assumptions
  readonly #now: () => number
  readonly #secrets = new Map<string, Secret>()
  readonly #history = new WeakMap<Secret, Listing[]>()

  constructor(assumptions: Assumptions, now: () => number) {
    this.#assumptions = assumptions
    this.#now = now
  }

  all(): Secret[] {
    return [...this.#secrets.values()]
  }

  /** Restores what was stored before. */
  restoreAll(secrets: readonly Secret[]): void {
    this.#secrets.clear()
    for (const secret of secrets) {
      this.#secrets.set(`${secret.accountId} ${secret.name}`, secret)
      this.#remember(secret, -Infinity)
    }
  }

  create(
    accountId: string,
    name: string,
    version: NewVersion,
    options: { description?: string; encryptionKeyId?: string | null; instanceId?: string | null } = {},
  ): Secret {
    const existing = this.find(name, accountId)
    if (existing !== undefined) {
      throw new SecretRefusal(existing.plannedDeleteAt === null ? 'exists' : 'inDeletion', 'the secret')
    }
    if (!NAME.test(name) || name.startsWith('acs/')) throw new SecretRefusal('invalid', 'SecretName')
    const secret: Secret = {
      accountId,
      name,
      description: options.description ?? '',
      encryptionKeyId: options.encryptionKeyId ?? null,
      instanceId: options.instanceId ?? null,
      createdAt: this.#now(),
      updatedAt: this.#now(),
      plannedDeleteAt: null,
      versions: [this.#makeVersion(version, [CURRENT])],
    }
    this.#secrets.set(`${accountId} ${name}`, secret)
    this.#remember(secret)
    return secret
  }

  /** A secret by its name or ARN, unless deleted; for inspection. */
  find(name: string, accountId = LOCAL_ACCOUNT_ID): Secret | undefined {
    const secret = this.#secrets.get(`${accountId} ${nameOf(name)}`)
    if (secret === undefined || secret.plannedDeleteAt === null || secret.plannedDeleteAt > this.#now()) {
      return secret
    }
    this.#secrets.delete(`${accountId} ${secret.name}`)
    return undefined
  }

  /** A secret that is not being deleted; with `evenDeleted`, also one that is. */
  get(accountId: string, name: string, evenDeleted = false): Secret {
    const secret = this.find(name, accountId)
    if (secret === undefined) throw new SecretRefusal('absent', 'the secret')
    if (secret.plannedDeleteAt !== null && !evenDeleted) throw new SecretRefusal('inDeletion', 'the secret')
    return secret
  }

  /** The version with that id, which must have that stage if both are given. */
  version(secret: Secret, versionId: string | null = null, stage: string | null = null): SecretVersion {
    const wanted = stage ?? (versionId === null ? CURRENT : null)
    const version = secret.versions.find(
      ({ id, stages }) => (versionId === null || id === versionId) && (wanted === null || stages.has(wanted)),
    )
    if (version === undefined) throw new SecretRefusal('absent', 'the version')
    return version
  }

  /** The versions as a list shows them now, which may be an earlier state. */
  listed(secret: Secret): readonly ListedVersion[] {
    const seenAt = this.#now() - this.#assumptions.versionListLagMs
    return this.#history.get(secret)?.findLast(({ at }) => at <= seenAt)?.versions ?? []
  }

  /** With `stages` null, the new version becomes ACSCurrent and the one before it ACSPrevious. */
  put(accountId: string, name: string, version: NewVersion, stages: readonly string[] | null): SecretVersion {
    const secret = this.get(accountId, name)
    const existing = secret.versions.find(({ id }) => id === version.versionId)
    if (existing !== undefined) {
      if (existing.data.reveal() === version.data && existing.type === (version.type ?? 'text'))
        return existing
      throw new SecretRefusal('versionExists', 'the version')
    }
    const made = this.#makeVersion(version, [])
    checkStages(secret, stages ?? [CURRENT, PREVIOUS])
    if (stages === null) {
      const current = secret.versions.find((candidate) => candidate.stages.has(CURRENT))
      if (current !== undefined) moveStage(secret, PREVIOUS, current)
    }
    secret.versions.push(made)
    for (const stage of stages ?? [CURRENT]) moveStage(secret, stage, made)
    this.#evict(secret, made)
    secret.updatedAt = this.#now()
    this.#remember(secret)
    return made
  }

  updateStage(
    accountId: string,
    name: string,
    stage: string,
    moveTo: string | null,
    removeFrom: string | null,
  ): void {
    const secret = this.get(accountId, name)
    if (moveTo === null && removeFrom === null)
      throw new SecretRefusal('invalid', 'MoveToVersion or RemoveFromVersion')
    if (moveTo === null && (stage === CURRENT || stage === PREVIOUS))
      throw new SecretRefusal('invalid', 'MoveToVersion')
    const target = moveTo === null ? null : this.version(secret, moveTo, null)
    const holder = secret.versions.find((candidate) => candidate.stages.has(stage))
    if (removeFrom !== null && holder?.id !== removeFrom)
      throw new SecretRefusal('invalid', 'RemoveFromVersion')
    if (target === null) {
      holder?.stages.delete(stage)
    } else {
      checkStages(secret, [stage])
      if (stage === CURRENT && holder && holder !== target && this.#assumptions.movingCurrentMovesPrevious) {
        moveStage(secret, PREVIOUS, holder)
      }
      moveStage(secret, stage, target)
    }
    secret.updatedAt = this.#now()
    this.#remember(secret)
  }

  /** With `days` null, deletes at once. */
  delete(accountId: string, name: string, days: number | null): Secret {
    const secret = this.get(accountId, name)
    secret.plannedDeleteAt = this.#now() + (days ?? 0) * 86_400_000
    if (days === null) this.#secrets.delete(`${accountId} ${name}`)
    return secret
  }

  restore(accountId: string, name: string): void {
    const secret = this.get(accountId, name, true)
    if (secret.plannedDeleteAt === null) {
      throw new SecretRefusal('notInDeletion', 'the secret')
    }
    secret.plannedDeleteAt = null
  }

  #remember(secret: Secret, at = this.#now()): void {
    const before = this.#history.get(secret) ?? []
    const shownNow = before.findLastIndex((listing) => listing.at <= at - this.#assumptions.versionListLagMs)
    const versions = secret.versions.map(({ id, createdAt, stages }) => ({
      id,
      createdAt,
      stages: [...stages],
    }))
    this.#history.set(secret, [...before.slice(Math.max(0, shownNow)), { at, versions }])
  }

  #makeVersion(version: NewVersion, stages: readonly string[]): SecretVersion {
    if (version.versionId === '' || version.versionId.length > 64)
      throw new SecretRefusal('invalid', 'VersionId')
    if (Buffer.byteLength(version.data) > LARGEST_DATA) throw new SecretRefusal('invalid', 'SecretData')
    return {
      id: version.versionId,
      data: new SecretData(version.data),
      type: version.type ?? 'text',
      createdAt: this.#now(),
      stages: new Set(stages),
    }
  }

  #evict(secret: Secret, made: SecretVersion): void {
    while (secret.versions.length > MOST_VERSIONS) {
      const recyclable = ({ stages }: SecretVersion): boolean =>
        this.#assumptions.evicts === 'oldest' || stages.size === 0
      const victim = secret.versions.find((version) => version !== made && recyclable(version)) ?? made
      secret.versions = secret.versions.filter((version) => version !== victim)
    }
  }
}

/** A secret may be named by its ARN too. */
function nameOf(nameOrArn: string): string {
  return nameOrArn.replace(/^acs:kms:[^:]*:[^:]*:secret\//, '')
}

function moveStage(secret: Secret, stage: string, target: SecretVersion): void {
  for (const version of secret.versions) version.stages.delete(stage)
  target.stages.add(stage)
}

function checkStages(secret: Secret, added: readonly string[]): void {
  const stages = new Set([...secret.versions.flatMap((version) => [...version.stages]), ...added])
  if (stages.size > MOST_STAGES) throw new SecretRefusal('tooMany', 'version stages')
}
