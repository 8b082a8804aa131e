import { environment } from '../http/runtime.ts'
import { badCredentials } from './bad-credentials.ts'
import type { KmsCredentials } from './types.ts'

/** The prefix of the environment variables, without `ID` and `SECRET`. */
export const VARIABLES = 'ALIBABA_CLOUD_ACCESS_KEY_'

/** Those from the environment; null unless both are set. */
export function environmentCredentials(): KmsCredentials | null {
  const accessKeyId = environment(`${VARIABLES}ID`)
  const accessKeySecret = environment(`${VARIABLES}SECRET`)
  if (accessKeyId === undefined || accessKeySecret === undefined) return null
  return { accessKeyId, accessKeySecret, securityToken: environment('ALIBABA_CLOUD_SECURITY_TOKEN') }
}

/**
 * Checks for what would fail at the server, or never reach it.
 *
 * @throws RotatorError `badCredentials`, which never contains any of them.
 */
export function complete<T extends Partial<KmsCredentials>>(found: T): T & KmsCredentials {
  const { accessKeyId, accessKeySecret, securityToken } = found
  if (!accessKeyId || !accessKeySecret) {
    throw badCredentials('the credentials must have an accessKeyId and an accessKeySecret')
  }
  for (const [name, value] of Object.entries({ accessKeyId, accessKeySecret, securityToken })) {
    if (value !== undefined && !/^[\x21-\x7e]*$/.test(value)) {
      throw badCredentials(
        `the ${name} contains characters that are not allowed, such as a space or a line break`,
      )
    }
  }
  return { ...found, accessKeyId, accessKeySecret }
}
