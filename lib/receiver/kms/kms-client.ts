import { systemClock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import type { CredentialSource } from '../credentials/credentials.ts'
import { jsonFields, type Reply, type Sent } from '../http/message.ts'
import { networkFailure, send } from '../http/send.ts'
import { signAcs3 } from './acs3.ts'
import { kmsError } from './kms-errors.ts'

const VERSION = '2016-01-20'

/** A version of the secret. */
export interface SecretVersion {
  readonly versionId: string
  readonly data: string
  /** When KMS stored it; undefined where it does not say so. */
  readonly storedAt: number | undefined
}

/** The two operations of KMS that a receiver needs, without a package: each is one signed call by `fetch`. */
export class KmsClient {
  readonly #endpoint: URL
  readonly #credentials: CredentialSource
  readonly #secret: string
  readonly #what: string

  constructor(endpoint: URL, credentials: CredentialSource, secret: string, region: string) {
    this.#endpoint = endpoint
    this.#credentials = credentials
    this.#secret = secret
    this.#what = `the secret ${secret} in ${region} could not be read`
  }

  /**
   * GetSecretValue, of a version or of the one that ACSCurrent is on.
   *
   * @throws RotatorError
   */
  async version(versionId: string | null, signal: AbortSignal): Promise<SecretVersion> {
    const which = versionId === null ? { VersionStage: 'ACSCurrent' } : { VersionId: versionId }
    const fields = await this.#call('GetSecretValue', which, signal)
    const { SecretData: data, VersionId: id, CreateTime: time } = fields
    if (typeof data !== 'string' || typeof id !== 'string') {
      throw new RotatorError('unavailable', `${this.#what}: KMS did not answer as it should`, {
        retryable: true,
      })
    }
    const storedAt = typeof time === 'string' ? Date.parse(time) : NaN
    return { versionId: id, data, storedAt: Number.isNaN(storedAt) ? undefined : storedAt }
  }

  /**
   * ListSecretVersionIds, those without a stage included.
   *
   * @throws RotatorError
   */
  async versionIds(signal: AbortSignal): Promise<string[]> {
    const page = { IncludeDeprecated: 'true', PageSize: '100' }
    const { VersionIds: list } = await this.#call('ListSecretVersionIds', page, signal)
    const versions = typeof list === 'object' && list !== null && 'VersionId' in list ? list.VersionId : null
    if (!Array.isArray(versions)) return []
    return versions.flatMap((version: unknown) =>
      typeof version === 'object' && version !== null && 'VersionId' in version
        ? [String(version.VersionId)]
        : [],
    )
  }

  async #call(
    action: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    const credentials = await this.#credentials.get(signal)
    const body = new URLSearchParams({ SecretName: this.#secret, ...parameters }).toString()
    const call = {
      host: this.#endpoint.host,
      action,
      version: VERSION,
      body,
      // Of the machine, whatever clock the cache goes by: KMS compares it with its own.
      at: systemClock.now(),
      nonce: crypto.randomUUID(),
    }
    const headers = signAcs3(call, credentials)
    const reply = await this.#send({ method: 'POST', headers, body, signal })
    if (reply.status === 200) return jsonFields(reply.text)
    const { accessKeySecret, securityToken = '' } = credentials
    const error = kmsError(reply, this.#what, [accessKeySecret, securityToken].filter(Boolean))
    // Temporary ones may have been taken back: the next read asks for others.
    if (error.code === 'badCredentials') this.#credentials.forget()
    throw error
  }

  async #send(request: Sent): Promise<Reply> {
    try {
      return await send(this.#endpoint, request)
    } catch (error) {
      if (error instanceof RotatorError) throw error
      const failure = networkFailure(error)
      const advice = /^E(NOTFOUND|AI_AGAIN)$/.test(failure)
        ? '; check the region, and this machine’s DNS'
        : ''
      const message = `${this.#what}: no answer from ${this.#endpoint.host} (${failure})${advice}`
      throw new RotatorError('unavailable', message, { retryable: true, cause: error })
    }
  }
}
