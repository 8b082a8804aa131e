import { environment } from '../http/runtime.ts'
import { badCredentials } from './bad-credentials.ts'
import type { KmsCredentials } from './types.ts'

/** The variables of the environment, less `ID` and `SECRET`. */
export const VARIABLES = 'ALIBABA_CLOUD_ACCESS_KEY_'

/** Those of the environment; null where one of the two is not set. */
export function environmentCredentials(): KmsCredentials | null {
  const accessKeyId = environment(`${VARIABLES}ID`)
  const accessKeySecret = environment(`${VARIABLES}SECRET`)
  if (accessKeyId === undefined || accessKeySecret === undefined) return null
  return { accessKeyId, accessKeySecret, securityToken: environment('ALIBABA_CLOUD_SECURITY_TOKEN') }
}

/**
 * Checks what would otherwise fail at the server, or not reach it.
 *
 * @throws RotatorError `badCredentials`; never with any of them.
 */
export function complete<T extends Partial<KmsCredentials>>(found: T): T & KmsCredentials {
  const { accessKeyId, accessKeySecret, securityToken } = found
  if (!accessKeyId || !accessKeySecret) {
    throw badCredentials('the credentials must have an accessKeyId and an accessKeySecret')
  }
  for (const [name, value] of Object.entries({ accessKeyId, accessKeySecret, securityToken })) {
    if (value !== undefined && !/^[\x21-\x7e]*$/.test(value)) {
      throw badCredentials(`the ${name} has characters that none has, such as a space or the end of a line`)
    }
  }
  return { ...found, accessKeyId, accessKeySecret }
}
