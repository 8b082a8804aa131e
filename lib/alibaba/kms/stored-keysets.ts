import { hasCode } from '../../core/errors.ts'
import { readKeyset } from '../../keyset/document.ts'
import type { Keyset } from '../../keyset/keyset.ts'
import type { Credentials } from '../transport/credentials.ts'
import { plainRead } from '../transport/plain-call.ts'

/**
 * All keysets that a secret still holds, newest first: KMS keeps ten versions. Skips anything else. Makes one call,
 * plus one per version.
 *
 * @throws RotatorError `denied`, `notFound`, or another error of the call.
 */
export async function storedKeysets(
  secret: string,
  endpoint: string,
  credentials: Credentials,
): Promise<Keyset[]> {
  const read = (action: string, params: Readonly<Record<string, string>>) =>
    plainRead({ product: 'kms', endpoint, action, params, credentials }, `secret ${secret}`)
  const list = await read('ListSecretVersionIds', {
    SecretName: secret,
    IncludeDeprecated: 'true',
    PageNumber: '1',
    PageSize: '20',
  })
  const versions = list.list('VersionIds', 'VersionId').map((version) => version.text('VersionId'))
  const keysets: Keyset[] = []
  for (const VersionId of versions) {
    const value = await read('GetSecretValue', { SecretName: secret, VersionId })
    try {
      keysets.push(readKeyset(value.optionalText('SecretData')))
    } catch (error) {
      if (!hasCode(error, 'keyset')) throw error
    }
  }
  return keysets.sort((one, other) => other.revision - one.revision)
}
