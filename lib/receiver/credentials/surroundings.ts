import { RotatorError } from '../../core/errors.ts'
import { environment } from '../http/runtime.ts'
import { VARIABLES } from './access-keys.ts'
import { ecsCredentials } from './ecs.ts'
import { installedChain } from './installed-chain.ts'
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
  throw new RotatorError(
    'badCredentials',
    'no credentials to read the keyset with: pass "credentials", give the function or the instance a role, or set ' +
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  )
}

/** Of the two variables only one is set, or this would not have been asked for. */
function checkEnvironment(): void {
  const set = ['ID', 'SECRET'].filter((name) => environment(VARIABLES + name) !== undefined)
  if (set.length !== 1) return
  const [present = ''] = set
  const missing = present === 'ID' ? 'SECRET' : 'ID'
  throw new RotatorError(
    'badCredentials',
    `${VARIABLES}${present} is set, and ${VARIABLES}${missing} is not: set both, or none`,
  )
}
