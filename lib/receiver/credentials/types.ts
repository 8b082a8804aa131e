export interface KmsCredentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  /** Only for temporary credentials (STS). */
  readonly securityToken?: string | undefined
}

export interface TemporaryCredentials extends KmsCredentials {
  /** In milliseconds since the epoch; absent if they do not expire, or are requested each time. */
  readonly expiresAt?: number | undefined
}

/** Where the credentials of each read come from. */
export interface CredentialSource {
  /** @throws RotatorError `badCredentials` if there are none. */
  get(signal: AbortSignal): Promise<KmsCredentials>
  /** The server refused them: remembered ones must not be used again. */
  forget(): void
}
