import { signAcs3 } from '../../core/acs3.ts'
import { systemClock } from '../../core/clock.ts'
import { unavailable } from '../../core/errors.ts'
import { jsonFields } from '../../core/json.ts'
import { fieldsOf } from '../../core/objects.ts'
import type { CredentialSource } from '../credentials/types.ts'
import { timeOf } from '../http/message.ts'
import { send } from '../http/send.ts'

const VERSION = '2016-01-20'

/** A version of the secret. */
export interface SecretVersion {
  readonly versionId: string
  readonly data: string
  /** When KMS stored it; undefined if KMS does not say. */
  readonly storedAt: number | undefined
}

/** The two KMS operations that a receiver needs, without a package: each is one signed `fetch` call. */
export interface KmsClient {
  /**
   * GetSecretValue of a version, or of the one that ACSCurrent is on.
   *
   * @throws RotatorError
   */
  version(versionId: string | null, signal: AbortSignal): Promise<SecretVersion>
  /**
   * ListSecretVersionIds, including those without a stage.
   *
   * @throws RotatorError
   */
  versionIds(signal: AbortSignal): Promise<string[]>
}

export function kmsClient(
  endpoint: URL,
  source: CredentialSource,
  secret: string,
  region: string,
): KmsClient {
  const { host } = endpoint
  const what = `the secret ${secret} in ${region} could not be read`

  return {
    version: async (versionId, signal) => {
      const which = versionId === null ? { VersionStage: 'ACSCurrent' } : { VersionId: versionId }
      const { SecretData: data, VersionId: id, CreateTime } = await call('GetSecretValue', which, signal)
      if (typeof data !== 'string' || typeof id !== 'string') {
        throw unavailable(`${what}: KMS gave an unexpected answer`)
      }
      return { versionId: id, data, storedAt: timeOf(CreateTime) }
    },
    versionIds: async (signal) => {
      const page = { IncludeDeprecated: 'true', PageSize: '100' }
      const { VersionIds } = await call('ListSecretVersionIds', page, signal)
      const { VersionId: versions } = fieldsOf(VersionIds)
      return Array.isArray(versions) ? versions.map((version) => String(fieldsOf(version)['VersionId'])) : []
    },
  }

  async function call(
    action: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    const credentials = await source.get(signal)
    const body = new URLSearchParams({ SecretName: secret, ...parameters }).toString()
    const headers = signAcs3(
      {
        host,
        action,
        version: VERSION,
        body,
        // The machine's clock, whichever clock the cache uses: KMS compares it with its own.
        at: systemClock.now(),
        nonce: crypto.randomUUID(),
      },
      credentials,
    )
    const reply = await send(endpoint, { method: 'POST', headers, body, signal }).catch(
      async (error: unknown) => {
        const { noAnswer } = await import('./kms-errors.ts')
        throw noAnswer(error, what, host)
      },
    )
    if (reply.status === 200) return jsonFields(reply.text)
    const { kmsError } = await import('./kms-errors.ts')
    const error = kmsError(reply, what, credentials)
    // Temporary ones may have been revoked: the next read requests others.
    if (error.code === 'badCredentials') source.forget()
    throw error
  }
}
