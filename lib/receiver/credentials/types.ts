export interface KmsCredentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  /** Of temporary credentials (STS). */
  readonly securityToken?: string | undefined
}

export interface TemporaryCredentials extends KmsCredentials {
  /** In milliseconds since the epoch; absent for what does not run out, or is asked for each time. */
  readonly expiresAt?: number
}
