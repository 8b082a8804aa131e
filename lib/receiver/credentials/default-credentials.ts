import { RotatorError } from '../../core/errors.ts'
import { environment } from '../http/runtime.ts'
import type { KmsCredentials, TemporaryCredentials } from './types.ts'

/**
 * The credentials of the environment, or else of the surroundings, whose code is loaded only where it is needed: by a
 * bundler that splits, too.
 *
 * @throws RotatorError `badCredentials` where there are none, or none that can be used.
 */
export async function defaultCredentials(region: string, signal: AbortSignal): Promise<TemporaryCredentials> {
  const here = environmentCredentials()
  if (here !== null) return here
  const { surroundingCredentials } = await import('./surroundings.ts')
  return surroundingCredentials(region, signal)
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
