import { RotatorError } from '../core/errors.ts'

/** A document that breaks the rules of its format. `live-key-rotator keyset --restore` goes on from one before it. */
export class InvalidKeyset extends RotatorError {
  readonly #path: string
  readonly #problem: string

  /**
   * @param path - The field, e.g. `keys[2].stagedAt`; never its value, which may be a key.
   * @param place - The secret and the version that hold it, where they are known.
   */
  constructor(
    path: string,
    problem: string,
    place?: { readonly secret: string; readonly versionId: string },
  ) {
    const text = `the keyset document is not valid: ${path} ${problem}`
    super(
      'keyset',
      place === undefined
        ? text
        : `secret ${place.secret}, version ${place.versionId}: ${text}. Find out who wrote it; then ` +
            '`live-key-rotator keyset --restore` goes on from the newest valid version',
    )
    this.#path = path
    this.#problem = problem
  }

  /** The same, with the place where the document was found and what to do about it. */
  at(secret: string, versionId: string): InvalidKeyset {
    return new InvalidKeyset(this.#path, this.#problem, { secret, versionId })
  }
}

export function invalid(path: string, problem: string): InvalidKeyset {
  return new InvalidKeyset(path, problem)
}

/** No keyset is left where one has been, as far as can be told. `live-key-rotator keyset --restore` starts another. */
export class LostKeyset extends RotatorError {
  constructor(message: string) {
    super('keyset', message)
  }
}
