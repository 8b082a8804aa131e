import { RotatorError } from '../core/errors.ts'

/** A document that breaks the rules of its format. `live-key-rotator keyset --restore` continues from an earlier one. */
export class InvalidKeyset extends RotatorError {
  constructor(message: string) {
    super('keyset', message)
  }
}

/** @param path - The field, e.g. `keys[2].stagedAt`; never its value, which may be a key. */
export function invalid(path: string, problem: string): InvalidKeyset {
  return new InvalidKeyset(`invalid keyset document: ${path} ${problem}`)
}

/** @throws InvalidKeyset unless `holds`. */
export function check(holds: boolean, path: string, problem: string): asserts holds {
  if (!holds) throw invalid(path, problem)
}

/** A secret seems to have lost its keyset. `live-key-rotator keyset --restore` starts another one. */
export class LostKeyset extends RotatorError {
  constructor(message: string) {
    super('keyset', message)
  }
}
