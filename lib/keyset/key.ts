import { sha256 } from '../core/sha256.ts'

const GENERATED_LENGTH = 32
const LONGEST_IMPORTED = 256
/** What a value breaks that is no key. */
export const KEY_RULE = `must have 1 to ${LONGEST_IMPORTED} characters`
/** A shorter key, unless it was there from the start, is a guess or a typo: Live's own pages require 16 to 32. */
export const SHORTEST_TRUSTED = 16

/**
 * The key id: the first 12 hex digits of SHA-256 over `live-key-rotator/kid/1:` and the key. Safe to log, and the same
 * everywhere.
 *
 * @example
 * ```ts
 * kidOf('yourkey') // '62a750c45a06'
 * ```
 */
export function kidOf(value: string): string {
  return sha256(`live-key-rotator/kid/1:${value}`).slice(0, 12)
}

/**
 * A key that is never printed by accident: JSON, template strings and `util.inspect` all show `[key 0f3a…]`. Only
 * {@link Key.reveal} returns its value.
 */
export class Key {
  readonly kid: string
  readonly #value: string

  private constructor(value: string) {
    this.#value = value
    this.kid = kidOf(value)
  }

  /**
   * Wraps a value that KMS or Live returned: 1–256 characters of any kind.
   *
   * @throws TypeError if the value is empty or longer; the message does not contain it.
   */
  static of(value: string): Key {
    if (value.length < 1 || value.length > LONGEST_IMPORTED) {
      throw new TypeError(`a key ${KEY_RULE}, not ${value.length}`)
    }
    return new Key(value)
  }

  /**
   * Generates a key: 32 characters of `[A-Za-z0-9]` (190 bits) from the system's CSPRNG, without modulo bias. That is
   * within every range that Alibaba documents for a callback key (UpdateLiveSnapshotNotifyConfig: 16–32 letters and
   * digits; SetSnapshotCallbackAuth states none).
   */
  static generate(): Key {
    let value = ''
    while (value.length < GENERATED_LENGTH) {
      const bytes = crypto.getRandomValues(new Uint8Array(24))
      // Of the 64 digits, all of them as likely, the two that are no letters and digits are left out.
      value += btoa(String.fromCharCode(...bytes)).replaceAll(/[+/]/g, '')
    }
    return new Key(value.slice(0, GENERATED_LENGTH))
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return `[key ${this.kid.slice(0, 4)}…]`
  }

  toJSON(): string {
    return this.toString()
  }

  /** For `util.inspect`, which looks for this symbol in every runtime. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}
