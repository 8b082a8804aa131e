import { randomBytes } from 'node:crypto'
import { say } from '../../../words/said.ts'
import { answered, inWords, type Laboratory, type Measured } from './laboratory.ts'

const SIXTEEN_MINUTES = 16 * 60_000

/** How the gateway and KMS answer unknown credentials, and a time that is too old. */
export async function measureGateway(lab: Laboratory): Promise<Measured[]> {
  const strangers = {
    accessKeyId: `LTAI5t${randomBytes(9).toString('hex')}`,
    accessKeySecret: randomBytes(15).toString('hex'),
  }
  const { domain, secret } = lab.given
  const query = { DomainName: domain }
  const stranger = await lab.call('live', 'QuerySnapshotCallbackAuth', query, { credentials: strangers })
  const late = { signedOffMs: -SIXTEEN_MINUTES }
  const old = await lab.call('kms', 'ListSecretVersionIds', { SecretName: secret }, late)
  const { status, code } = stranger
  const isNotFound = code === 'InvalidAccessKeyId.NotFound'
  return [
    answered(
      say('an AccessKey that does not exist', '不存在的 AccessKey'),
      inWords(stranger),
      isNotFound && (status === 400 || status === 404) ? { accessKeyNotFoundStatus: status } : {},
    ),
    answered(
      say('a call to KMS that was signed 16 minutes ago', '16 分钟前签名的 KMS 调用'),
      inWords(old),
      old.code === 'InvalidTimeStamp.Expired' || old.code === 'IllegalTimestamp'
        ? { kmsExpiredTimestampCode: old.code }
        : {},
    ),
  ]
}
