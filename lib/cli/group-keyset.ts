import type { GroupConfig } from '../config/types.ts'
import { RotatorError } from '../core/errors.ts'
import type { Keyset } from '../keyset/keyset.ts'
import type { GroupPorts } from '../rotation/ports.ts'

/**
 * The keyset of a group.
 *
 * @throws RotatorError `noKeyset` if there is none yet, or an error of the reads.
 */
export async function keysetOf(group: GroupConfig, { keysets }: GroupPorts): Promise<Keyset> {
  const { keyset } = await keysets.load()
  if (keyset !== null) return keyset
  throw new RotatorError(
    'noKeyset',
    `group ${group.name} has no keyset in secret ${group.secret} yet: the first rotate or reconcile creates it`,
  )
}
