import { number } from '../../core/counts.ts'
import { hasCode, RotatorError } from '../../core/errors.ts'
import { readKeyset } from '../../keyset/document.ts'
import { invalid, InvalidKeyset, LostKeyset } from '../../keyset/invalid.ts'
import type { Keyset } from '../../keyset/keyset.ts'
import { versionOf } from '../../keyset/version-id.ts'
import { LONGEST_JUMP } from '../../keyset/version-line.ts'
import type { SecretValue } from './kms-client.ts'
import type { KmsSecret } from './kms-secret.ts'
import { isAbsent } from './versions.ts'

/** KMS keeps ten versions of a secret: ten others may have pushed out a keyset. */
const VERSIONS_KEPT = 10

/**
 * The keyset in a version of the secret.
 *
 * @throws InvalidKeyset for one that breaks the rules; RotatorError `keyset` for one of another format.
 */
export function readStored(secret: KmsSecret, { versionId, secretData, createdAt }: SecretValue): Keyset {
  try {
    return readKeyset(secretData, { versionId, storedAt: createdAt })
  } catch (error) {
    if (error instanceof InvalidKeyset) throw placed(error, secret, versionId)
    throw hasCode(error, 'keyset')
      ? new RotatorError('keyset', `secret ${secret.name}, version ${versionId}: ${error.message}`, {
          cause: error,
        })
      : error
  }
}

/** ACSCurrent, which receivers read, is on a version that no run can have saved. */
export function outOfLine(secret: KmsSecret, versionId: string, highest: number): InvalidKeyset {
  const problem = `is more than ${number(LONGEST_JUMP)} above that of ${versionOf(highest)}, the version before it`
  return placed(invalid('revision', problem), secret, versionId)
}

/** The same, with the place where the document was found and what to do about it. */
function placed({ message }: InvalidKeyset, secret: KmsSecret, versionId: string): InvalidKeyset {
  return new InvalidKeyset(
    `secret ${secret.name}, version ${versionId}: ${message}. Find out who wrote it; then ` +
      '`live-key-rotator keyset --restore` continues from the newest valid version',
  )
}

/**
 * Checks that a secret without a keyset version has never held one.
 *
 * @param versionIds - All its versions.
 * @throws RotatorError `keyset` if it has, may have, or holds something else.
 */
export async function checkUnused(secret: KmsSecret, versionIds: readonly string[]): Promise<void> {
  if (versionIds.length >= VERSIONS_KEPT) {
    throw new LostKeyset(
      `secret ${secret.name} has ${versionIds.length} versions and no keyset among them: KMS keeps ten versions, so ` +
        'a keyset may have been pushed out. Find out what writes to this secret and stop it. If it never held a keyset, configure ' +
        'another secret; if it did, `live-key-rotator keyset --restore` starts a new one, and running streams are ' +
        'refused until they are pushed again, except under keys that domains are still set to',
    )
  }
  for (const versionId of versionIds) {
    if (await isBlank(secret, versionId)) continue
    throw new RotatorError(
      'keyset',
      `secret ${secret.name} holds something other than a keyset (version ${versionId}); ` +
        'configure another secret, or empty this one by hand',
    )
  }
}

async function isBlank(secret: KmsSecret, versionId: string): Promise<boolean> {
  try {
    const { secretData } = await secret.value(versionId)
    return /^\s*(\{\s*\}\s*)?$/.test(secretData)
  } catch (error) {
    // Pushed out since it was listed.
    if (isAbsent(error)) return true
    throw error
  }
}
