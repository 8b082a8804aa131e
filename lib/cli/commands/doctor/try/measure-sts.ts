import type { Credentials } from '../../../../alibaba/transport/credentials.ts'
import type { PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import { say, type Said } from '../../../words/said.ts'
import {
  answered,
  deniedAction,
  inWords,
  unanswered,
  unasked,
  type Laboratory,
  type Measured,
} from './laboratory.ts'
import { fieldsOf } from '../../../../core/objects.ts'

const QUESTION = say(
  'temporary credentials need kms:Decrypt to read a secret, too',
  '临时凭证读取凭据也需要 kms:Decrypt',
)

/**
 * Measures whether temporary credentials need `kms:Decrypt` to read a secret under a customer key. The role's session is
 * restricted to reading the secret, so it does not matter what else the role may do.
 *
 * @param isOurs - This trial created the secret, so it may recreate it under the configured key.
 */
export async function measureSts(lab: Laboratory, isOurs: boolean): Promise<Measured> {
  const { role } = lab.given
  if (role === null) return unasked(QUESTION, '--try-role ARN')
  const lacking = await needOwnKey(lab, isOurs)
  if (lacking !== null) return unanswered(QUESTION, lacking)
  const without = await readAs(lab, role, ['kms:GetSecretValue'])
  if (without.code === null) return answered(QUESTION, say('no', '否'), { stsNeedsDecrypt: false })
  if (deniedAction(without) === 'kms:Decrypt') return needed()
  const withDecrypt = await readAs(lab, role, ['kms:GetSecretValue', 'kms:Decrypt'])
  if (withDecrypt.code === null) return needed()
  const { en, zh } = inWords(withDecrypt)
  return unanswered(
    QUESTION,
    say(
      `the role cannot read the secret (${en}): allow it kms:GetSecretValue, and you sts:AssumeRole`,
      `该角色无法读取凭据（${zh}）：请给它 kms:GetSecretValue，给自己 sts:AssumeRole`,
    ),
  )
}

function needed(): Measured {
  return answered(QUESTION, say('yes', '是'), { stsNeedsDecrypt: true })
}

/** Reads the secret in a session that may do nothing but `actions`. */
async function readAs(lab: Laboratory, role: string, actions: readonly string[]): Promise<PlainAnswer> {
  const policy = { Version: '1', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] }
  const assumed = await lab.call('sts', 'AssumeRole', {
    RoleArn: role,
    RoleSessionName: 'live-key-rotator-try',
    DurationSeconds: '900',
    Policy: JSON.stringify(policy),
  })
  const credentials = credentialsIn(assumed)
  if (credentials === null) return assumed
  return lab.call('kms', 'GetSecretValue', { SecretName: lab.given.secret }, { credentials })
}

function credentialsIn({ body }: PlainAnswer): Credentials | null {
  const { AccessKeyId, AccessKeySecret, SecurityToken } = fieldsOf(body['Credentials'])
  if (typeof AccessKeyId !== 'string' || typeof AccessKeySecret !== 'string') return null
  if (typeof SecurityToken !== 'string') return null
  return { accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret, securityToken: SecurityToken }
}

/** Ensures that the secret is under a customer key. @returns What is missing; null for nothing. */
async function needOwnKey(lab: Laboratory, isOurs: boolean): Promise<Said | null> {
  const { EncryptionKeyId: key } = (await lab.kms('DescribeSecret')).body
  // Service keys are named by an alias.
  if (typeof key === 'string' && key !== '' && !/^(alias\/)?acs\//i.test(key)) return null
  const { keyId, instanceId } = lab.given.config.kms
  if (keyId === null || !isOurs) {
    return say(
      'give up a secret that is under a key of yours, or name kms.keyId in rotation.yaml and a secret that is absent',
      '请给出一个由你自己的密钥加密的凭据，或在 rotation.yaml 中写明 kms.keyId 并给出一个不存在的凭据',
    )
  }
  await lab.kms('DeleteSecret', { ForceDeleteWithoutRecovery: 'true' })
  const created = await lab.kms('CreateSecret', {
    VersionId: 'try-own-key',
    SecretData: '{}',
    EncryptionKeyId: keyId,
    ...(instanceId !== null && { DKMSInstanceId: instanceId }),
  })
  if (created.code === null) return null
  const { en, zh } = inWords(created)
  return say(
    `a secret under kms.keyId could not be created (${en})`,
    `无法创建使用 kms.keyId 的凭据（${zh}）`,
  )
}
