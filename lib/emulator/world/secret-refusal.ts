/** Why a change to the secrets is refused. */
export type SecretRefusalReason =
  'absent' | 'exists' | 'versionExists' | 'inDeletion' | 'notInDeletion' | 'invalid' | 'tooMany'

/** The world's own refusal, which KMS words its own way. `what` names a parameter or a quota, never a value. */
export class SecretRefusal extends Error {
  override readonly name = 'SecretRefusal'
  readonly reason: SecretRefusalReason
  readonly what: string

  constructor(reason: SecretRefusalReason, what: string) {
    super(`${what}: ${reason}`)
    this.reason = reason
    this.what = what
  }
}
