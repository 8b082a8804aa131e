import type { Caller } from '../transport/caller.ts'
import type { Credentials } from '../transport/credentials.ts'
import type { KmsClient, NewSecret, SecretValue, SecretVersion } from './kms-client.ts'
import { readList } from '../transport/list.ts'
import type { AccountLimits } from '../transport/limits.ts'

/** KMS keeps ten versions of a secret; the default page size differs between its pages, so it is always sent. */
const VERSIONS_A_PAGE = 20

export interface KmsSecretOptions {
  readonly name: string
  readonly client: (credentials: Credentials) => KmsClient
  readonly caller: Caller
  readonly limits: AccountLimits
  /** Wall-clock milliseconds; after that, calls throw `deadline` instead. */
  readonly deadline?: number | undefined
}

/** One KMS secret and its versions, by paced and retried calls. Throws RotatorErrors. */
export class KmsSecret {
  readonly #options: KmsSecretOptions

  constructor(options: KmsSecretOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  /** All versions that KMS still holds, with or without a stage. */
  versions(): Promise<SecretVersion[]> {
    return readList({
      what: `the versions of secret ${this.name}`,
      readPage: (page) =>
        this.#call('ListSecretVersionIds', (kms) =>
          kms.listSecretVersionIds(this.name, page, VERSIONS_A_PAGE),
        ),
      idOf: ({ versionId }) => versionId,
    })
  }

  /** @param versionId - Default: the version that ACSCurrent points to. */
  value(versionId?: string): Promise<SecretValue> {
    return this.#call('GetSecretValue', (kms) => kms.getSecretValue(this.name, versionId))
  }

  put(versionId: string, secretData: string): Promise<void> {
    return this.#call('PutSecretValue', (kms) => kms.putSecretValue(this.name, versionId, secretData))
  }

  create(first: NewSecret): Promise<void> {
    return this.#call('CreateSecret', (kms) => kms.createSecret(this.name, first))
  }

  moveCurrent(from: string, to: string): Promise<void> {
    return this.#call('UpdateSecretVersionStage', (kms) =>
      kms.updateSecretVersionStage(this.name, 'ACSCurrent', from, to),
    )
  }

  #call<T>(api: string, send: (kms: KmsClient) => Promise<T>): Promise<T> {
    const { client, caller, limits, deadline } = this.#options
    return caller.call({
      api,
      limiter: limits.kms(api),
      deadline,
      send: (credentials) => send(client(credentials)),
    })
  }
}
