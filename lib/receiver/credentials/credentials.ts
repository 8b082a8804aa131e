import { RotatorError } from '../../core/errors.ts'
import { defaultCredentials } from './default-credentials.ts'
import type { KmsCredentials, TemporaryCredentials } from './types.ts'

export type { KmsCredentials } from './types.ts'

/**
 * Credentials; the context of a Function Compute invocation, which holds those of the function's role; or a client of
 * `@alicloud/credentials`.
 */
export type GivenCredentials =
  | KmsCredentials
  | { readonly credentials: KmsCredentials }
  | { getCredential(): Promise<{ [field in keyof KmsCredentials]?: string | undefined }> }

/** Credentials, or a function that is asked for them at every read: temporary ones run out. */
export type CredentialsOption = GivenCredentials | (() => GivenCredentials | Promise<GivenCredentials>)

/** Where the credentials of each read come from. */
export interface CredentialSource {
  /** @throws RotatorError `badCredentials` when there are none. */
  get(signal: AbortSignal): Promise<KmsCredentials>
  /** The server did not take them: nothing that is remembered is to be used again. */
  forget(): void
}

/** New ones are asked for so long before the old ones run out. */
const EARLY_MS = 300_000

/** A source of the credentials that are given, or of those that the surroundings have. */
export function credentialSource(given: CredentialsOption | undefined, region: string): CredentialSource {
  if (given !== undefined) {
    return {
      get: async () => complete(await plain(typeof given === 'function' ? await given() : given)),
      forget: () => undefined,
    }
  }
  return remembered((signal) => defaultCredentials(region, signal))
}

/** Keeps temporary credentials until shortly before they run out, and while others are not to be had. */
export function remembered(
  find: (signal: AbortSignal) => Promise<TemporaryCredentials>,
  now: () => number = Date.now,
): CredentialSource {
  let held: TemporaryCredentials | undefined
  const lasts = (ms: number): boolean => (held?.expiresAt ?? -Infinity) > now() + ms
  return {
    get: async (signal) => {
      if (held !== undefined && lasts(EARLY_MS)) return held
      try {
        held = complete(await find(signal))
      } catch (error) {
        if (held === undefined || !lasts(0)) throw error
      }
      return held
    },
    forget: () => {
      held = undefined
    },
  }
}

async function plain(given: GivenCredentials): Promise<Partial<KmsCredentials>> {
  if ('getCredential' in given) return (await given.getCredential()) as Partial<KmsCredentials>
  return 'credentials' in given ? given.credentials : given
}

/**
 * Checks what would otherwise fail at the server, or not reach it.
 *
 * @throws RotatorError `badCredentials`; never with any of them.
 */
function complete<T extends Partial<KmsCredentials>>(found: T): T & KmsCredentials {
  const { accessKeyId, accessKeySecret, securityToken } = found
  if (!accessKeyId || !accessKeySecret) {
    throw new RotatorError(
      'badCredentials',
      'the credentials must have an accessKeyId and an accessKeySecret',
    )
  }
  for (const [name, value] of Object.entries({ accessKeyId, accessKeySecret, securityToken })) {
    if (value !== undefined && !/^[\x21-\x7e]*$/.test(value)) {
      throw new RotatorError(
        'badCredentials',
        `the ${name} has characters that none has, such as a space or the end of a line`,
      )
    }
  }
  return { ...found, accessKeyId, accessKeySecret }
}
