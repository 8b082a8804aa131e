import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { CredentialsProvider } from '@alicloud/credentials'
import { RotatorError } from '../../core/errors.ts'
import { systemCode } from '../../core/system-code.ts'
import type * as Providers from './sdk-credentials.ts'
import { sdkReason } from './sdk-reason.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Sdk = typeof Providers

/** One place to look for credentials. */
interface Place {
  readonly name: string
  /** Whether it is configured: if so, its failure is the reason. */
  readonly isConfigured: (env: Environment) => boolean
  readonly provider: (sdk: Sdk, env: Environment) => CredentialsProvider
}

/** In the order of `DefaultCredentialsProvider` of `@alicloud/credentials`, whose own error only joins all messages. */
const PLACES: readonly Place[] = [
  {
    name: 'ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET',
    isConfigured: (env) => isSet(env, 'ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
    provider: (sdk) => sdk.EnvironmentVariableCredentialsProvider.builder().build(),
  },
  {
    name: 'the OIDC role (ALIBABA_CLOUD_OIDC_TOKEN_FILE)',
    isConfigured: (env) => isSet(env, 'ALIBABA_CLOUD_OIDC_TOKEN_FILE', 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN'),
    provider: (sdk) => sdk.OIDCRoleArnCredentialsProvider.builder().build(),
  },
  {
    name: 'the profile of the aliyun command (~/.aliyun/config.json)',
    isConfigured: (env) =>
      !isTrue(env, 'ALIBABA_CLOUD_CLI_PROFILE_DISABLED') &&
      (isSet(env, 'ALIBABA_CLOUD_PROFILE') || existsSync(join(homedir(), '.aliyun/config.json'))),
    provider: (sdk) => sdk.CLIProfileCredentialsProvider.builder().build(),
  },
  {
    name: 'the credentials file (~/.alibabacloud/credentials)',
    isConfigured: (env) =>
      isSet(env, 'ALIBABA_CLOUD_CREDENTIALS_FILE') ||
      existsSync(join(homedir(), '.alibabacloud/credentials')),
    provider: (sdk) => sdk.ProfileCredentialsProvider.builder().build(),
  },
  {
    name: 'the role of the ECS instance (ALIBABA_CLOUD_ECS_METADATA)',
    isConfigured: (env) =>
      isSet(env, 'ALIBABA_CLOUD_ECS_METADATA') && !isTrue(env, 'ALIBABA_CLOUD_ECS_METADATA_DISABLED'),
    provider: (sdk, env) =>
      sdk.ECSRAMRoleCredentialsProvider.builder()
        .withRoleName(env['ALIBABA_CLOUD_ECS_METADATA'] ?? '')
        .build(),
  },
  {
    name: 'ALIBABA_CLOUD_CREDENTIALS_URI',
    isConfigured: (env) => isSet(env, 'ALIBABA_CLOUD_CREDENTIALS_URI'),
    provider: (sdk, env) =>
      sdk.URICredentialsProvider.builder()
        .withCredentialsURI(env['ALIBABA_CLOUD_CREDENTIALS_URI'] ?? '')
        .build(),
  },
]

interface Failure {
  readonly place: Place
  readonly error: unknown
}

/**
 * The default chain of `@alicloud/credentials`, place by place, so that the error can name the configured place that
 * fails. Keeps using the place where it found credentials.
 *
 * Its `getCredentials` throws RotatorError `badCredentials` (`unavailable` where a server could not be reached): the
 * reason in the SDK's words, cleaned of secrets; general advice only if nothing is configured.
 */
export function credentialChain(sdk: Sdk, env: Environment): CredentialsProvider {
  let found: CredentialsProvider | null = null
  return {
    getProviderName: () => 'default',
    getCredentials: async () => {
      if (found !== null) return found.getCredentials()
      const failures: Failure[] = []
      for (const place of PLACES) {
        try {
          const provider = place.provider(sdk, env)
          const credentials = await provider.getCredentials()
          found = provider
          return credentials
        } catch (error) {
          failures.push({ place, error })
        }
      }
      throw chainError(failures.filter(({ place }) => place.isConfigured(env)))
    },
  }
}

function chainError(configured: readonly Failure[]): RotatorError {
  const reasons = configured.map(({ place, error }) => `${place.name}: ${sdkReason(error)}`)
  const [first] = configured
  if (first === undefined) {
    return new RotatorError(
      'badCredentials',
      'no credentials were found: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run `aliyun configure`',
    )
  }
  const isUnreachable = configured.every(({ error }) => UNREACHABLE.test(systemCode(error) ?? ''))
  return new RotatorError(
    isUnreachable ? 'unavailable' : 'badCredentials',
    `the configured credentials cannot be used: ${reasons.join('; ')}`,
    // The SDK's own error may hold a token, or a whole file.
    { cause: new Error(sdkReason(first.error)), retryable: isUnreachable },
  )
}

const UNREACHABLE = /^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET)/

function isSet(env: Environment, ...names: string[]): boolean {
  return names.some((name) => (env[name] ?? '') !== '')
}

function isTrue(env: Environment, name: string): boolean {
  return env[name]?.toLowerCase() === 'true'
}
