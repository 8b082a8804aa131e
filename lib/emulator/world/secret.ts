import { inspect } from 'node:util'

export const CURRENT = 'ACSCurrent'
export const PREVIOUS = 'ACSPrevious'

/** A stored value. It contains keys, so it does not print itself. */
export class SecretData {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret data]'
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

export interface SecretVersion {
  readonly id: string
  readonly data: SecretData
  readonly type: 'text' | 'binary'
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly stages: Set<string>
}

/** A generic secret of one account. */
export interface Secret {
  readonly accountId: string
  readonly name: string
  readonly description: string
  readonly encryptionKeyId: string | null
  readonly instanceId: string | null
  readonly createdAt: number
  updatedAt: number
  /** When it is deleted for good; null if it is not being deleted. */
  plannedDeleteAt: number | null
  /** From oldest to newest. */
  versions: SecretVersion[]
}
