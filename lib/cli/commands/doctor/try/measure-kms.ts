import { randomBytes } from 'node:crypto'
import type { PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import { inWords, LONGEST_LOOK_MS, unanswered, type Laboratory, type Measured } from './laboratory.ts'

const MOST_VERSIONS = 10
const STAGE = 'LiveKeyRotatorTry'

/**
 * How KMS refuses a version that exists, how soon it lists a new one, what moving ACSCurrent does, and which version goes
 * at the eleventh. Creates the secret where it is absent, and leaves it with eleven versions of its own.
 */
export async function measureKms(lab: Laboratory): Promise<Measured[]> {
  const missing = await lab.kms('GetSecretValue')
  const created = missing.code === null ? null : await create(lab)
  const measured = [
    { question: 'reading a secret that does not exist', answer: inWords(missing), assumptions: {} },
    ...(created === null ? [] : [created.measured]),
  ]
  if (missing.code !== null && created?.isThere !== true) {
    return [...measured, unanswered('everything else about KMS', `secret ${lab.secret} could not be created`)]
  }
  return [
    // What was said of a secret that is there says nothing.
    ...(missing.code === null ? measured.slice(1) : measured),
    await absentVersion(lab),
    await conflict(lab),
    await listLag(lab),
    await pageSize(lab),
    await movingCurrent(lab),
    await eviction(lab),
  ]
}

interface Created {
  readonly measured: Measured
  readonly isThere: boolean
}

/** Without a KMS instance first; with the configured one where that was refused. */
async function create(lab: Laboratory): Promise<Created> {
  const first = { VersionId: newVersion(), SecretData: '{}' }
  const answer = await lab.kms('CreateSecret', first)
  const measured: Measured = {
    question: 'creating a secret without a KMS instance and a key',
    answer: inWords(answer),
    assumptions: { createNeedsInstance: answer.code !== null },
  }
  const { keyId, instanceId } = lab.config.kms
  if (answer.code === null || keyId === null || instanceId === null) {
    return { measured, isThere: answer.code === null }
  }
  const again = await lab.kms('CreateSecret', {
    ...first,
    EncryptionKeyId: keyId,
    DKMSInstanceId: instanceId,
  })
  return { measured, isThere: again.code === null }
}

async function absentVersion(lab: Laboratory): Promise<Measured> {
  const answer = await lab.kms('GetSecretValue', { VersionId: newVersion() })
  return { question: 'reading a version that does not exist', answer: inWords(answer), assumptions: {} }
}

async function conflict(lab: Laboratory): Promise<Measured> {
  const question = 'a version that exists, with another value'
  const VersionId = newVersion()
  await put(lab, VersionId)
  const answer = await lab.kms('PutSecretValue', { VersionId, SecretData: '{"other":true}' })
  const { status, code } = answer
  if (code === null) return { question, answer: 'succeeds: no lock can be built on it', assumptions: {} }
  return { question, answer: inWords(answer), assumptions: { versionConflict: { status, code } } }
}

async function listLag(lab: Laboratory): Promise<Measured> {
  const question = 'how soon a new version is listed'
  const versionId = newVersion()
  const answer = await put(lab, versionId)
  if (answer.code !== null) return unanswered(question, inWords(answer))
  const delay = await lab.delayUntil(async () => (await versionsOf(lab)).includes(versionId))
  if (delay === null) return unanswered(question, `not within ${LONGEST_LOOK_MS / 1_000} s`)
  const words = delay === 0 ? 'at once' : `after ${delay} ms`
  return { question, answer: words, assumptions: { versionListLagMs: delay } }
}

async function pageSize(lab: Laboratory): Promise<Measured> {
  const question = 'how many versions a page lists'
  const answer = await lab.kms('ListSecretVersionIds')
  const size = answer.body['PageSize']
  if (typeof size !== 'number') return unanswered(question, inWords(answer))
  return { question, answer: String(size), assumptions: { listPageSize: size } }
}

/** Three versions: ACSCurrent goes from the third back to the first, and ACSPrevious is on the second or the third. */
async function movingCurrent(lab: Laboratory): Promise<Measured> {
  const question = 'moving ACSCurrent moves ACSPrevious'
  const [first, second, third] = [newVersion(), newVersion(), newVersion()]
  for (const versionId of [first, second, third]) await put(lab, versionId)
  const moved = await lab.kms('UpdateSecretVersionStage', {
    VersionStage: 'ACSCurrent',
    MoveToVersion: first,
    RemoveFromVersion: third,
  })
  if (moved.code !== null) return unanswered(question, inWords(moved))
  const previous = (await lab.kms('GetSecretValue', { VersionStage: 'ACSPrevious' })).body['VersionId']
  await lab.kms('UpdateSecretVersionStage', {
    VersionStage: 'ACSCurrent',
    MoveToVersion: third,
    RemoveFromVersion: first,
  })
  if (previous !== second && previous !== third) return unanswered(question, 'ACSPrevious is elsewhere')
  const moves = previous === third
  return { question, answer: moves ? 'yes' : 'no', assumptions: { movingCurrentMovesPrevious: moves } }
}

/** Ten versions, the oldest with a stage: at the eleventh it goes, or the oldest without one does. */
async function eviction(lab: Laboratory): Promise<Measured> {
  const question = 'which version goes at the eleventh'
  let versions = await settled(lab)
  while (versions.length < MOST_VERSIONS) {
    await put(lab, newVersion())
    versions = await settled(lab)
  }
  const [oldest] = versions
  if (oldest === undefined) return unanswered(question, 'no version is listed')
  const staged = await lab.kms('UpdateSecretVersionStage', { VersionStage: STAGE, MoveToVersion: oldest })
  if (staged.code !== null) return unanswered(question, inWords(staged))
  const eleventh = await put(lab, newVersion())
  if (eleventh.code !== null) return unanswered(question, inWords(eleventh))
  const kept = await lab.kms('GetSecretValue', { VersionId: oldest })
  await lab.kms('UpdateSecretVersionStage', { VersionStage: STAGE, RemoveFromVersion: oldest })
  return kept.code === null
    ? {
        question,
        answer: 'the earliest without a stage',
        assumptions: { evicts: 'earliestWithoutStage' },
      }
    : { question, answer: 'the oldest, whatever its stage', assumptions: { evicts: 'oldest' } }
}

/** The versions that are listed, oldest first, once the list shows the one that is current. */
async function settled(lab: Laboratory): Promise<string[]> {
  const current = (await lab.kms('GetSecretValue')).body['VersionId']
  let versions: string[] = []
  await lab.delayUntil(async () => {
    versions = await versionsOf(lab)
    return typeof current === 'string' && versions.includes(current)
  })
  return versions
}

async function versionsOf(lab: Laboratory): Promise<string[]> {
  const list = { IncludeDeprecated: 'true', PageNumber: '1', PageSize: '100' }
  const { body } = await lab.kms('ListSecretVersionIds', list)
  const outer: unknown = body['VersionIds']
  const inner: unknown =
    typeof outer === 'object' && outer !== null && 'VersionId' in outer ? outer.VersionId : []
  if (!Array.isArray(inner)) return []
  return (
    inner
      .flatMap((item: unknown) => {
        if (typeof item !== 'object' || item === null || !('VersionId' in item)) return []
        const at = 'CreateTime' in item ? Date.parse(String(item.CreateTime)) : 0
        return [{ id: String(item.VersionId), at }]
      })
      // Stable: within one second, the list's own order counts.
      .sort((one, other) => one.at - other.at)
      .map(({ id }) => id)
  )
}

function put(lab: Laboratory, VersionId: string): Promise<PlainAnswer> {
  return lab.kms('PutSecretValue', { VersionId, SecretData: '{}' })
}

/** No two measurements share one: versions are written once. */
function newVersion(): string {
  return `try-${randomBytes(8).toString('hex')}`
}
