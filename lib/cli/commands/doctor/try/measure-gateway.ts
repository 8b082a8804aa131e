import { randomBytes } from 'node:crypto'
import type { Laboratory, Measured } from './laboratory.ts'
import { inWords } from './laboratory.ts'

const SIXTEEN_MINUTES = 16 * 60_000

/** What the gateway and KMS say to credentials that nobody has, and to a time that is too old. */
export async function measureGateway(lab: Laboratory): Promise<Measured[]> {
  const strangers = {
    accessKeyId: `LTAI5t${randomBytes(9).toString('hex')}`,
    accessKeySecret: randomBytes(15).toString('hex'),
  }
  const query = { DomainName: lab.domain }
  const stranger = await lab.call('live', 'QuerySnapshotCallbackAuth', query, { credentials: strangers })
  const late = { signedOffMs: -SIXTEEN_MINUTES }
  const old = await lab.call('kms', 'ListSecretVersionIds', { SecretName: lab.secret }, late)
  const { status, code } = stranger
  const isNotFound = code === 'InvalidAccessKeyId.NotFound'
  return [
    {
      question: 'an AccessKey that does not exist',
      answer: inWords(stranger),
      assumptions:
        isNotFound && (status === 400 || status === 404) ? { accessKeyNotFoundStatus: status } : {},
    },
    {
      question: 'a call to KMS that was signed 16 minutes ago',
      answer: inWords(old),
      assumptions:
        old.code === 'InvalidTimeStamp.Expired' || old.code === 'IllegalTimestamp'
          ? { kmsExpiredTimestampCode: old.code }
          : {},
    },
  ]
}
