import { randomBytes } from 'node:crypto'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET, LOCAL_ACCOUNT_ID } from '../local-account.ts'
import type { PolicyDocument } from './ram.ts'

export interface CredentialOptions {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly accountId?: string
  /** For temporary (STS) credentials: every request must carry it. */
  readonly securityToken?: string
  /** Real time in milliseconds, for temporary credentials. */
  readonly expiresAt?: number
  /** RAM policies. Absent: everything is allowed. */
  readonly policies?: readonly PolicyDocument[]
  /** The session policy that a role was assumed with: it further restricts what `policies` allow. */
  readonly sessionPolicy?: PolicyDocument
}

export interface Credential {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly accountId: string
  readonly securityToken: string | null
  readonly expiresAt: number | null
  readonly policies: readonly PolicyDocument[] | null
  readonly sessionPolicy: PolicyDocument | null
}

export const LOCAL_CREDENTIALS: readonly CredentialOptions[] = [
  { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET, accountId: LOCAL_ACCOUNT_ID },
]

/** The credentials that may call. They can be added, changed and removed while the emulator runs. */
export class CredentialStore {
  readonly #credentials = new Map<string, Credential>()

  constructor(credentials: readonly CredentialOptions[] = LOCAL_CREDENTIALS) {
    for (const credential of credentials) this.add(credential)
  }

  find(accessKeyId: string): Credential | undefined {
    return this.#credentials.get(accessKeyId)
  }

  /** Adds credentials, or replaces those of the same access key id. */
  add(options: CredentialOptions): Credential {
    const credential: Credential = {
      accessKeyId: options.accessKeyId,
      accessKeySecret: options.accessKeySecret,
      accountId: options.accountId ?? LOCAL_ACCOUNT_ID,
      securityToken: options.securityToken ?? null,
      expiresAt: options.expiresAt ?? null,
      policies: options.policies ?? null,
      sessionPolicy: options.sessionPolicy ?? null,
    }
    this.#credentials.set(credential.accessKeyId, credential)
    return credential
  }

  /** Makes temporary credentials, as STS does for a role. */
  issue(
    options: Omit<CredentialOptions, 'accessKeyId' | 'accessKeySecret' | 'securityToken'> = {},
  ): Credential {
    return this.add({
      ...options,
      accessKeyId: `STS.${randomBytes(12).toString('hex')}`,
      accessKeySecret: randomBytes(20).toString('hex'),
      securityToken: randomBytes(32).toString('base64'),
    })
  }

  remove(accessKeyId: string): void {
    this.#credentials.delete(accessKeyId)
  }
}
