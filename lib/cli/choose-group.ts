import type { GroupConfig, RotationConfig } from '../config/types.ts'
import { RotatorError } from '../core/errors.ts'

/**
 * The groups of a command: the named one, or all.
 *
 * @throws RotatorError `usage` for an unknown name.
 */
export function chosenGroups({ groups }: RotationConfig, name: string | undefined): readonly GroupConfig[] {
  const found = groups.filter((group) => name === undefined || group.name === name)
  if (found.length > 0) return found
  const all = groups.map((group) => group.name).join(', ')
  throw new RotatorError('usage', `there is no group "${name ?? ''}"; the configuration has ${all}`)
}
