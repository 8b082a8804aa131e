import { jsonFields } from '../http/message.ts'
import type { TemporaryCredentials } from './types.ts'

/** Temporary credentials as STS and the metadata service write them; null where they are not complete. */
export function readIssued(json: string): TemporaryCredentials | null {
  const fields = jsonFields(json)
  const inner = fields['Credentials']
  const credentials: Readonly<Record<string, unknown>> =
    typeof inner === 'object' && inner !== null ? Object.fromEntries(Object.entries(inner)) : fields
  const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = credentials
  if (
    typeof AccessKeyId !== 'string' ||
    typeof AccessKeySecret !== 'string' ||
    typeof SecurityToken !== 'string'
  )
    return null
  const expiresAt = typeof Expiration === 'string' ? Date.parse(Expiration) : NaN
  return {
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    securityToken: SecurityToken,
    ...(!Number.isNaN(expiresAt) && { expiresAt }),
  }
}
