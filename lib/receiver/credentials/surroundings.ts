import { environment } from '../http/runtime.ts'
import { VARIABLES } from './access-keys.ts'
import { badCredentials } from './bad-credentials.ts'
import { ecsCredentials } from './ecs.ts'
import { installedChain } from './installed-chain.ts'
import { NO_CREDENTIALS } from './no-credentials.ts'
import { oidcCredentials } from './oidc.ts'
import { remembered } from './remembered.ts'
import type { CredentialSource, TemporaryCredentials } from './types.ts'

/** A source of the credentials that the surroundings offer. */
export function surroundingSource(region: string): CredentialSource {
  return remembered((signal) => surroundingCredentials(region, signal))
}

/**
 * The credentials that the surroundings offer if the environment has none, in the order of the vendor's own chain: OIDC
 * (RRSA), whatever else `@alicloud/credentials` knows if it is installed, the ECS metadata service. A configured place that
 * fails is reported, not skipped.
 *
 * @throws RotatorError `badCredentials` if there are none, or none are usable.
 */
async function surroundingCredentials(region: string, signal: AbortSignal): Promise<TemporaryCredentials> {
  checkEnvironment()
  const assumed = await oidcCredentials(region, signal)
  if (assumed !== null) return assumed
  const chain = await installedChain()
  const found = chain === null ? await ecsCredentials(signal) : await chain()
  if (found !== null) return found
  throw badCredentials(NO_CREDENTIALS)
}

/** Only one of the two variables is set, or this would not have been called. */
function checkEnvironment(): void {
  const [id, secret] = [`${VARIABLES}ID`, `${VARIABLES}SECRET`]
  const hasId = environment(id) !== undefined
  if (hasId === (environment(secret) !== undefined)) return
  const [present, missing] = hasId ? [id, secret] : [secret, id]
  throw badCredentials(`${present} is set, but ${missing} is not: set both or neither`)
}
