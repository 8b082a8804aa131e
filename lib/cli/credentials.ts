import {
  defaultCredentials,
  fixedCredentials,
  type CredentialSource,
} from '../alibaba/transport/credentials.ts'
import { isLoopback } from '../config/fields.ts'
import type { RotationConfig } from '../config/types.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET } from '../emulator/local-account.ts'
import type { Io } from './io.ts'

/** Any of these says that the caller has credentials of his own in mind. */
const VARIABLES = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_PROFILE',
  'ALIBABA_CLOUD_CREDENTIALS_FILE',
  'ALIBABA_CLOUD_CREDENTIALS_URI',
  'ALIBABA_CLOUD_ROLE_ARN',
  'ALIBABA_CLOUD_ECS_METADATA',
]

/**
 * The default chain of `@alicloud/credentials`; but where both servers are on this machine and the environment names no
 * credentials, the well-known ones of the local cloud. They open nothing else.
 */
export function chooseCredentials({ endpoints }: RotationConfig, { env, stderr }: Io): CredentialSource {
  const local = [endpoints.live, endpoints.kms].every((endpoint) => isLocal(new URL(endpoint)))
  if (!local || VARIABLES.some((name) => (env[name] ?? '') !== '')) return defaultCredentials()
  stderr.write('note: using the credentials of the local cloud, as both endpoints are on this machine\n')
  return fixedCredentials({ accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET })
}

function isLocal(endpoint: URL): boolean {
  return endpoint.protocol === 'http:' && isLoopback(endpoint)
}
