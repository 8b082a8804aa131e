import { readFileSync, writeFileSync } from 'node:fs'
import { RotatorError } from '../core/errors.ts'
import { systemCode } from '../core/system-code.ts'
import { assumptionsOf, type Assumptions } from './assumptions.ts'

/**
 * Reads a file that {@link writeAssumptions} or `doctor --try` wrote: a JSON object of assumptions by name. Those that it
 * does not name have their defaults.
 *
 * @throws RotatorError `usage` for a file that cannot be read, or that contains something else.
 */
export function readAssumptions(file: string): Assumptions {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw unusable(file, 'cannot be read', error)
  }
  try {
    return assumptionsOf(JSON.parse(text))
  } catch (error) {
    const problem = error instanceof TypeError ? error.message : 'it is not JSON'
    throw unusable(file, `cannot be used: ${problem}`, error)
  }
}

/**
 * Writes assumptions, all or those that were measured.
 *
 * @throws RotatorError `usage` for a file that cannot be written.
 */
export function writeAssumptions(file: string, assumptions: Partial<Assumptions>): void {
  try {
    writeFileSync(file, `${JSON.stringify(assumptions, null, 2)}\n`)
  } catch (error) {
    throw unusable(file, 'cannot be written', error)
  }
}

function unusable(file: string, problem: string, cause: unknown): RotatorError {
  const code = systemCode(cause)
  const why = code === undefined ? problem : `${problem} (${code})`
  return new RotatorError('usage', `the assumptions file ${file} ${why}: name another file`, { cause })
}
