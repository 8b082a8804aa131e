import {
  assumedRole,
  defaultCredentials,
  fixedCredentials,
  type CredentialSource,
} from '../alibaba/transport/credentials.ts'
import type { GroupConfig, RotationConfig } from '../config/types.ts'
import { isLoopback } from '../core/safe-address.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET } from '../emulator/local-account.ts'
import type { Io } from './io.ts'
import { languageOf } from '../core/language.ts'
import { commandWords } from './words/command-words.ts'
import { note } from './text/note.ts'

/** Any of these means that the user has chosen credentials. */
const VARIABLES = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_PROFILE',
  'ALIBABA_CLOUD_CREDENTIALS_FILE',
  'ALIBABA_CLOUD_CREDENTIALS_URI',
  'ALIBABA_CLOUD_ROLE_ARN',
  'ALIBABA_CLOUD_ECS_METADATA',
]

/** Where the note about credentials was printed: a command may ask for them several times. */
const noted = new WeakSet<Io['stderr']>()

/**
 * The default chain of `@alicloud/credentials`; but if both servers are on this machine and the environment names no
 * credentials, the emulator's well-known ones, which open nothing else.
 */
export function chooseCredentials({ endpoints }: RotationConfig, io: Io): CredentialSource {
  const local = [endpoints.live, endpoints.kms].every((endpoint) => isLocal(new URL(endpoint)))
  if (!local || VARIABLES.some((name) => (io.env[name] ?? '') !== '')) return defaultCredentials()
  if (!noted.has(io.stderr)) {
    note(commandWords[languageOf(io.env)].localCredentials, io)
  }
  noted.add(io.stderr)
  return fixedCredentials({ accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET })
}

/** The credentials of a group's calls: those of its role, if it has one. */
export function groupCredentials(
  { roleArn }: Pick<GroupConfig, 'roleArn'>,
  config: RotationConfig,
  io: Io,
): CredentialSource {
  const own = chooseCredentials(config, io)
  if (roleArn === null) return own
  const endpoint = io.env['ROTATOR_STS_ENDPOINT'] || undefined
  return assumedRole(own, { roleArn, region: config.region, ...(endpoint !== undefined && { endpoint }) })
}

function isLocal(endpoint: URL): boolean {
  return endpoint.protocol === 'http:' && isLoopback(endpoint)
}
