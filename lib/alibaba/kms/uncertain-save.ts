import type { Clock } from '../../core/clock.ts'
import { hasCode, RotatorError } from '../../core/errors.ts'
import type { NewSecret } from './kms-client.ts'
import type { KmsSecret } from './kms-secret.ts'
import { isAbsent } from './versions.ts'

/** How long to retry reading a version back: KMS may show a stored one late. */
const READ_BACK_MS = 10_000
const PAUSE_MS = 500

/** Whether our version is stored now. `lost`: another run's version took that VersionId. */
export type Saved = 'stored' | 'lost'

/**
 * Stores a version; creates the secret if it is absent and `mayCreate`. KMS never accepts a VersionId twice. The code of
 * that refusal is undocumented, and any answer may be lost, so anything but plain success is decided by reading the version
 * back.
 *
 * @throws RotatorError when it is not stored: what the call threw; `deletionWindow`.
 */
export async function saveVersion(
  secret: KmsSecret,
  version: NewSecret,
  mayCreate: boolean,
  clock: Clock,
): Promise<Saved> {
  try {
    await write(secret, version, mayCreate)
    return 'stored'
  } catch (error) {
    // A secret that does not exist holds no version.
    if (isAbsent(error) || hasCode(error, 'deletionWindow')) throw error
    const stored = await readBack(secret, version.versionId, clock)
    if (stored === version.secretData) return 'stored'
    if (stored !== null) return 'lost'
    throw hasCode(error, 'alreadyExists') && mayCreate ? await nameTaken(secret, error) : error
  }
}

async function write(secret: KmsSecret, version: NewSecret, mayCreate: boolean): Promise<void> {
  try {
    await secret.put(version.versionId, version.secretData)
  } catch (error) {
    if (!mayCreate || !isAbsent(error)) throw error
    await secret.create(version)
  }
}

/** The SecretData of a version; null if it is absent and stays absent. */
async function readBack(secret: KmsSecret, versionId: string, clock: Clock): Promise<string | null> {
  const until = clock.now() + READ_BACK_MS
  for (;;) {
    try {
      return (await secret.value(versionId)).secretData
    } catch (error) {
      if (!isAbsent(error)) throw error
      if (clock.now() >= until) return null
      await clock.sleep(PAUSE_MS)
    }
  }
}

/** A secret that CreateSecret finds but reads do not is in its deletion window, which keeps its name taken. */
async function nameTaken(secret: KmsSecret, error: RotatorError): Promise<RotatorError> {
  try {
    await secret.versions()
    return conflict(secret)
  } catch (failure) {
    if (!isAbsent(failure)) throw failure
  }
  return new RotatorError(
    'deletionWindow',
    `secret ${secret.name} cannot be read, and cannot be created because its name is taken: it is in its deletion window. ` +
      'Restore it with RestoreSecret, or configure another name',
    { cause: error },
  )
}

export function conflict(secret: KmsSecret, cause?: unknown): RotatorError {
  const message = `another run changed the keyset in secret ${secret.name}; load it again`
  return new RotatorError('conflict', message, { cause })
}
