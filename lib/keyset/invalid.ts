import { RotatorError } from '../core/errors.ts'

/** A document that breaks the rules of its format. `live-key-rotator keyset --restore` goes on from one before it. */
export class InvalidKeyset extends RotatorError {
  constructor(message: string) {
    super('keyset', message)
  }
}

/** @param path - The field, e.g. `keys[2].stagedAt`; never its value, which may be a key. */
export function invalid(path: string, problem: string): InvalidKeyset {
  return new InvalidKeyset(`the keyset document is not valid: ${path} ${problem}`)
}

/** No keyset is left where one has been, as far as can be told. `live-key-rotator keyset --restore` starts another. */
export class LostKeyset extends RotatorError {
  constructor(message: string) {
    super('keyset', message)
  }
}
