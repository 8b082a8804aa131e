import { hasCode } from '../../core/errors.ts'
import type { KmsSecret } from './kms-secret.ts'

/** The versions of the secret, those without a stage too. A secret that is absent has none. */
export async function readVersions(secret: KmsSecret): Promise<string[]> {
  try {
    return (await secret.versions()).map(({ versionId }) => versionId)
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** The secret, or the version, is not there; nothing else that is missing, such as an encryption key, says so. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, 'notFound') && error.vendorCode === 'Forbidden.ResourceNotFound'
}
