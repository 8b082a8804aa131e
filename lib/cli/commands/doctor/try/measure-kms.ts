import { randomBytes } from 'node:crypto'
import type { PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import { inBoth, say } from '../../../words/said.ts'
import {
  answered,
  answeredBy,
  delayInWords,
  inWords,
  NOT_SEEN,
  unanswered,
  type Laboratory,
  type Measured,
} from './laboratory.ts'
import { measureSts } from './measure-sts.ts'
import { fieldsOf } from '../../../../core/objects.ts'

const MOST_VERSIONS = 10
const STAGE = 'LiveKeyRotatorTry'

/**
 * Measures how KMS refuses an existing version, how soon it lists a new one, what moving ACSCurrent does, and which version
 * the eleventh replaces. Creates the secret if it is absent, and leaves eleven versions in it.
 */
export async function measureKms(lab: Laboratory): Promise<Measured[]> {
  const missing = await lab.kms('GetSecretValue')
  if (missing.code !== null && missing.status !== 404) return [answeredBy(REST, missing)]
  const created = missing.code === null ? null : await create(lab)
  const { secret } = lab.given
  const measured = created === null ? absentOnly() : [aboutMissing(missing), created.measured]
  if (created !== null && created.refusal !== null) {
    const { en, zh } = inWords(created.refusal)
    const why = say(
      `secret ${secret} could not be created (${en}); where it can only be created in a KMS instance, name kms.keyId and kms.instanceId in rotation.yaml`,
      `无法创建凭据 ${secret}（${zh}）；如果只能在 KMS 实例中创建，请在 rotation.yaml 中写明 kms.keyId 和 kms.instanceId`,
    )
    return [...measured, unanswered(REST, why)]
  }
  return [
    ...measured,
    await absentVersion(lab),
    await conflict(lab),
    await listLag(lab),
    await pageSize(lab),
    await movingCurrent(lab),
    await eviction(lab),
    // Last, because it may recreate the secret.
    await measureSts(lab, created !== null),
  ]
}

const REST = say('everything else about KMS', 'KMS 的其余全部问题')
const READING_ABSENT = say('reading a secret that does not exist', '读取不存在的凭据')
const CREATING = say('creating a secret without a KMS instance and a key', '不指定 KMS 实例和密钥创建凭据')

/** Questions that only a secret that does not exist yet can answer. */
function absentOnly(): Measured[] {
  const why = say('give up a secret that does not exist yet', '请给出一个尚不存在的凭据')
  return [unanswered(READING_ABSENT, why), unanswered(CREATING, why)]
}

function aboutMissing(answer: PlainAnswer): Measured {
  return answeredBy(READING_ABSENT, answer)
}

interface Created {
  readonly measured: Measured
  /** null if it exists. */
  readonly refusal: PlainAnswer | null
}

/** First without a KMS instance, then with the configured one if that was refused. */
async function create(lab: Laboratory): Promise<Created> {
  const first = { VersionId: newVersion(), SecretData: '{}' }
  const answer = await lab.kms('CreateSecret', first)
  const measured = answeredBy(CREATING, answer, { createNeedsInstance: answer.code !== null })
  const { keyId, instanceId } = lab.given.config.kms
  if (answer.code === null || keyId === null || instanceId === null) {
    return { measured, refusal: answer.code === null ? null : answer }
  }
  const again = await lab.kms('CreateSecret', {
    ...first,
    EncryptionKeyId: keyId,
    DKMSInstanceId: instanceId,
  })
  return { measured, refusal: again.code === null ? null : again }
}

async function absentVersion(lab: Laboratory): Promise<Measured> {
  const answer = await lab.kms('GetSecretValue', { VersionId: newVersion() })
  return answeredBy(say('reading a version that does not exist', '读取不存在的版本'), answer)
}

async function conflict(lab: Laboratory): Promise<Measured> {
  const question = say('a version that exists, with another value', '以另一个值写入已有的版本')
  const VersionId = newVersion()
  await put(lab, VersionId)
  const answer = await lab.kms('PutSecretValue', { VersionId, SecretData: '{"other":true}' })
  const { status, code } = answer
  if (code !== null) return answeredBy(question, answer, { versionConflict: { status, code } })
  return answered(
    question,
    say(
      'succeeds: rotations cannot exclude each other here; run one at a time',
      '成功：此处的轮转无法互斥，请一次只运行一个',
    ),
  )
}

async function listLag(lab: Laboratory): Promise<Measured> {
  const question = say('how soon a new version is listed', '新版本多久出现在列表中')
  const versionId = newVersion()
  const answer = await put(lab, versionId)
  if (answer.code !== null) return unanswered(question, inWords(answer))
  const delay = await lab.delayUntil(async () => (await versionsOf(lab)).includes(versionId))
  if (delay === null) return unanswered(question, NOT_SEEN)
  return answered(question, delayInWords(delay), { versionListLagMs: delay })
}

async function pageSize(lab: Laboratory): Promise<Measured> {
  const question = say('how many versions a page lists', '一页列出多少个版本')
  const answer = await lab.kms('ListSecretVersionIds')
  const size = answer.body['PageSize']
  if (typeof size !== 'number') return unanswered(question, inWords(answer))
  return answered(question, inBoth(String(size)), { listPageSize: size })
}

/** Three versions: ACSCurrent goes from the third back to the first, and ACSPrevious is on the second or the third. */
async function movingCurrent(lab: Laboratory): Promise<Measured> {
  const question = say('moving ACSCurrent moves ACSPrevious, too', '移动 ACSCurrent 时 ACSPrevious 也移动')
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
  if (previous !== second && previous !== third) {
    return unanswered(question, say('ACSPrevious is on another version', 'ACSPrevious 在别的版本上'))
  }
  const moves = previous === third
  return answered(question, moves ? say('yes', '是') : say('no', '否'), { movingCurrentMovesPrevious: moves })
}

/** Ten versions, the oldest with a stage: the eleventh replaces it, or the oldest without a stage. */
async function eviction(lab: Laboratory): Promise<Measured> {
  const question = say('which version goes at the eleventh', '写入第十一个版本时删除哪个')
  let versions = await settled(lab)
  while (versions.length < MOST_VERSIONS) {
    await put(lab, newVersion())
    versions = await settled(lab)
  }
  const [oldest] = versions
  if (oldest === undefined) return unanswered(question, say('no version is listed', '列表中没有版本'))
  const staged = await lab.kms('UpdateSecretVersionStage', { VersionStage: STAGE, MoveToVersion: oldest })
  if (staged.code !== null) return unanswered(question, inWords(staged))
  const eleventh = await put(lab, newVersion())
  if (eleventh.code !== null) return unanswered(question, inWords(eleventh))
  const kept = await lab.kms('GetSecretValue', { VersionId: oldest })
  await lab.kms('UpdateSecretVersionStage', { VersionStage: STAGE, RemoveFromVersion: oldest })
  return kept.code === null
    ? answered(question, say('the earliest without a stage', '最早的没有状态标签的版本'), {
        evicts: 'earliestWithoutStage',
      })
    : answered(question, say('the oldest, whatever its stage', '最早的版本，不论状态标签'), {
        evicts: 'oldest',
      })
}

/** The listed versions, oldest first, once the list shows the current one. */
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
  const { VersionId: versions } = fieldsOf(body['VersionIds'])
  if (!Array.isArray(versions)) return []
  return (
    versions
      .flatMap((version: unknown) => {
        const { VersionId: id, CreateTime: time } = fieldsOf(version)
        if (typeof id !== 'string') return []
        return [{ id, at: typeof time === 'string' ? Date.parse(time) : 0 }]
      })
      // Stable: within one second, the list's own order counts.
      .sort((one, other) => one.at - other.at)
      .map(({ id }) => id)
  )
}

function put(lab: Laboratory, VersionId: string): Promise<PlainAnswer> {
  return lab.kms('PutSecretValue', { VersionId, SecretData: '{}' })
}

/** Each measurement needs its own: versions are written once. */
function newVersion(): string {
  return `try-${randomBytes(8).toString('hex')}`
}
