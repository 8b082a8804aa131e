export interface KmsCredentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  /** Of temporary credentials (STS). */
  readonly securityToken?: string | undefined
}

export interface TemporaryCredentials extends KmsCredentials {
  /** In milliseconds since the epoch; absent for what does not run out, or is asked for each time. */
  readonly expiresAt?: number | undefined
}

/** Where the credentials of each read come from. */
export interface CredentialSource {
  /** @throws RotatorError `badCredentials` when there are none. */
  get(signal: AbortSignal): Promise<KmsCredentials>
  /** The server did not take them: nothing that is remembered is to be used again. */
  forget(): void
}
