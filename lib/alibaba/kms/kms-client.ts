import kms from '@alicloud/kms20160120'
import { RuntimeOptions } from '@darabonba/typescript'
import { Config } from '@alicloud/rpc-client'
import type { Clock } from '../../core/clock.ts'
import { Answer } from '../transport/response-reader.ts'
import type { Credentials } from '../transport/credentials.ts'
import type { CloudClock } from '../transport/cloud-clock.ts'
import { parseEndpoint } from '../transport/endpoint.ts'
import { translateError, type CallName } from '../transport/errors.ts'
import { secretsIn } from '../transport/hidden.ts'
import type { Page } from '../transport/list.ts'
import { sdkConfig } from '../transport/sdk-config.ts'
import { SDK_TIMEOUTS, within } from '../transport/call-timeout.ts'

// Importing this CommonJS module gives its exports in Node, their `default` with some loaders.
const KmsSdk = 'default' in kms ? kms.default : kms

export interface KmsClientOptions {
  /** `scheme://host[:port]` */
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
  readonly clock: Clock
  /** Receives the times at which versions were stored. */
  readonly cloudClock?: CloudClock
}

export interface SecretVersion {
  readonly versionId: string
  readonly stages: readonly string[]
}

export interface SecretValue {
  readonly versionId: string
  readonly secretData: string
  /** When the version was stored, by KMS's clock, in milliseconds since the epoch; undefined if KMS does not say. */
  readonly createdAt: number | undefined
}

export interface NewSecret {
  readonly versionId: string
  readonly secretData: string
  readonly encryptionKeyId: string | null
  readonly dkmsInstanceId: string | null
}

/**
 * The KMS secret calls (API version 2016-01-20) that a rotation makes, over `@alicloud/kms20160120`. Each method is one
 * HTTPS request, signed with RPC v1. The package's own methods put every parameter into the URL, even SecretData, so
 * this uses its generic request, whose form body is signed as well. No retry, no pacing. Checks every field that it
 * uses.
 *
 * Every method throws RotatorErrors: the server's errors by {@link translateError}, `invalidAnswer`, `timeout`.
 */
export class KmsClient {
  readonly #client: InstanceType<typeof KmsSdk>
  readonly #server: string
  readonly #clock: Clock
  readonly #cloudClock: CloudClock | undefined

  constructor({ endpoint, region, credentials, clock, cloudClock }: KmsClientOptions) {
    const { protocol, host } = parseEndpoint(endpoint)
    this.#server = host
    this.#clock = clock
    this.#cloudClock = cloudClock
    this.#client = new KmsSdk(new Config(sdkConfig({ protocol, host, region, credentials })))
  }

  /** One page of all versions, with or without a stage. */
  async listSecretVersionIds(
    secret: string,
    pageNumber: number,
    pageSize: number,
  ): Promise<Page<SecretVersion>> {
    const answer = await this.#call(named('ListSecretVersionIds', secret), {
      SecretName: secret,
      IncludeDeprecated: 'true',
      PageNumber: String(pageNumber),
      PageSize: String(pageSize),
    })
    const items = answer.list('VersionIds', 'VersionId').map((version) => ({
      versionId: version.text('VersionId'),
      stages: version.texts('VersionStages', 'VersionStage'),
    }))
    return { total: answer.count('TotalCount'), items }
  }

  /** @param versionId - Default: the version that ACSCurrent points to. */
  async getSecretValue(secret: string, versionId?: string): Promise<SecretValue> {
    const answer = await this.#call(named('GetSecretValue', secret), {
      SecretName: secret,
      ...(versionId !== undefined && { VersionId: versionId }),
    })
    const answered = answer.text('VersionId')
    if (versionId !== undefined && answered !== versionId) throw answer.bad('VersionId', 'is another version')
    if (answer.optionalText('SecretDataType') === 'binary') throw answer.bad('SecretDataType', 'must be text')
    const createdAt = answer.optionalTime('CreateTime')
    if (createdAt !== undefined) this.#cloudClock?.past(createdAt)
    return { versionId: answered, secretData: answer.optionalText('SecretData'), createdAt }
  }

  /** Stores a version and moves ACSCurrent to it. */
  async putSecretValue(secret: string, versionId: string, secretData: string): Promise<void> {
    const form = { SecretName: secret, VersionId: versionId, SecretData: secretData, SecretDataType: 'text' }
    await this.#call(named('PutSecretValue', secret), form, secretsIn(secretData))
  }

  async createSecret(secret: string, first: NewSecret): Promise<void> {
    const { versionId, secretData, encryptionKeyId, dkmsInstanceId } = first
    await this.#call(
      named('CreateSecret', secret),
      {
        SecretName: secret,
        VersionId: versionId,
        SecretData: secretData,
        SecretDataType: 'text',
        ...(encryptionKeyId !== null && { EncryptionKeyId: encryptionKeyId }),
        ...(dkmsInstanceId !== null && { DKMSInstanceId: dkmsInstanceId }),
      },
      secretsIn(secretData),
    )
  }

  /** Moves a stage from one version to another. */
  async updateSecretVersionStage(secret: string, stage: string, from: string, to: string): Promise<void> {
    await this.#call(named('UpdateSecretVersionStage', secret), {
      SecretName: secret,
      VersionStage: stage,
      RemoveFromVersion: from,
      MoveToVersion: to,
    })
  }

  async #call(call: CallName, form: Record<string, string>, hidden: readonly string[] = []): Promise<Answer> {
    return new Answer(await within(this.#send(call, form, hidden), call, this.#clock), call)
  }

  async #send(call: CallName, form: Record<string, string>, hidden: readonly string[]): Promise<unknown> {
    const runtime = new RuntimeOptions({ ...SDK_TIMEOUTS, autoretry: false })
    try {
      return await this.#client.doRequest(call.api, 'HTTPS', 'POST', '2016-01-20', 'AK', {}, form, runtime)
    } catch (error) {
      throw translateError(error, { ...call, server: this.#server }, hidden)
    }
  }
}

function named(api: string, secret: string): CallName {
  return { api, product: 'kms', subject: `secret ${secret}` }
}
