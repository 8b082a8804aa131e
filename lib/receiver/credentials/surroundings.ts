import { environment } from '../http/runtime.ts'
import { VARIABLES } from './access-keys.ts'
import { badCredentials } from './bad-credentials.ts'
import { ecsCredentials } from './ecs.ts'
import { installedChain } from './installed-chain.ts'
import { NO_CREDENTIALS } from './no-credentials.ts'
import { oidcCredentials } from './oidc.ts'
import { remembered } from './remembered.ts'
import type { CredentialSource, TemporaryCredentials } from './types.ts'

/** A source of the credentials that the surroundings have. */
export function surroundingSource(region: string): CredentialSource {
  return remembered((signal) => surroundingCredentials(region, signal))
}

/**
 * The credentials that the surroundings have where the environment has none, in the order of the vendor's own chain: OIDC
 * (RRSA), whatever else `@alicloud/credentials` knows where it is installed, the metadata service of ECS. A place that is
 * configured and fails is named, and not passed over.
 *
 * @throws RotatorError `badCredentials` where there are none, or none that can be used.
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

/** Of the two variables only one is set, or this would not have been asked for. */
function checkEnvironment(): void {
  const [id, secret] = [`${VARIABLES}ID`, `${VARIABLES}SECRET`]
  const hasId = environment(id) !== undefined
  if (hasId === (environment(secret) !== undefined)) return
  const [present, missing] = hasId ? [id, secret] : [secret, id]
  throw badCredentials(`${present} is set, and ${missing} is not: set both, or none`)
}
