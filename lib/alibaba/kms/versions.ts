import { hasCode } from '../../core/errors.ts'
import type { KmsSecret } from './kms-secret.ts'

/** All versions of the secret, with or without a stage; none if the secret is absent. */
export async function readVersions(secret: KmsSecret): Promise<string[]> {
  try {
    return (await secret.versions()).map(({ versionId }) => versionId)
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** Whether the secret or the version is absent, and not something else such as its encryption key. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, 'notFound') && error.vendorCode === 'Forbidden.ResourceNotFound'
}
