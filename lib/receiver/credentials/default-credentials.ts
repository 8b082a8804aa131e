import { RotatorError } from '../../core/errors.ts'
import { environment } from '../http/runtime.ts'
import { ecsCredentials } from './ecs.ts'
import { installedChain } from './installed-chain.ts'
import { oidcCredentials } from './oidc.ts'
import type { KmsCredentials, TemporaryCredentials } from './types.ts'

/**
 * The credentials that the surroundings have, in the order of the vendor's own chain: the environment, OIDC (RRSA),
 * whatever else `@alicloud/credentials` knows where it is installed, the metadata service of ECS. A place that is
 * configured and fails is named, and not passed over.
 *
 * @throws RotatorError `badCredentials` where there are none, or none that can be used.
 */
export async function defaultCredentials(region: string, signal: AbortSignal): Promise<TemporaryCredentials> {
  const here = environmentCredentials() ?? (await oidcCredentials(region, signal))
  if (here !== null) return here
  const chain = await installedChain()
  const found = chain === null ? await ecsCredentials(signal) : await chain()
  if (found !== null) return found
  throw new RotatorError(
    'badCredentials',
    'no credentials to read the keyset with: pass "credentials", give the function or the instance a role, or set ' +
      'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  )
}

function environmentCredentials(): KmsCredentials | null {
  const accessKeyId = environment('ALIBABA_CLOUD_ACCESS_KEY_ID')
  const accessKeySecret = environment('ALIBABA_CLOUD_ACCESS_KEY_SECRET')
  if (accessKeyId === undefined && accessKeySecret === undefined) return null
  if (accessKeyId === undefined || accessKeySecret === undefined) {
    const missing = accessKeyId === undefined ? 'ID' : 'SECRET'
    const present = accessKeyId === undefined ? 'SECRET' : 'ID'
    throw new RotatorError(
      'badCredentials',
      `ALIBABA_CLOUD_ACCESS_KEY_${present} is set, and ALIBABA_CLOUD_ACCESS_KEY_${missing} is not: set both, or none`,
    )
  }
  return { accessKeyId, accessKeySecret, securityToken: environment('ALIBABA_CLOUD_SECURITY_TOKEN') }
}
