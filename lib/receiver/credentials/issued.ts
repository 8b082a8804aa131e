import { jsonFields } from '../../core/json.ts'
import { fieldsOf } from '../../core/objects.ts'
import { timeOf } from '../http/message.ts'
import type { TemporaryCredentials } from './types.ts'

/** Temporary credentials as STS and the metadata service write them; null if they are incomplete. */
export function readIssued(json: string): TemporaryCredentials | null {
  const fields = jsonFields(json)
  const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } =
    'Credentials' in fields ? fieldsOf(fields['Credentials']) : fields
  if (
    typeof AccessKeyId !== 'string' ||
    typeof AccessKeySecret !== 'string' ||
    typeof SecurityToken !== 'string'
  )
    return null
  return {
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    securityToken: SecurityToken,
    expiresAt: timeOf(Expiration),
  }
}
