import { complete, environmentCredentials } from './access-keys.ts'
import type { CredentialSource, KmsCredentials } from './types.ts'

export type { KmsCredentials } from './types.ts'

/**
 * Credentials; the context of a Function Compute invocation, which contains those of the function's role; or a client of
 * `@alicloud/credentials`.
 */
export type GivenCredentials =
  | KmsCredentials
  | { readonly credentials: KmsCredentials }
  | { getCredential(): Promise<{ [field in keyof KmsCredentials]?: string | undefined }> }

/** Credentials, or a function that returns them at every read, because temporary ones expire. */
export type CredentialsOption = GivenCredentials | (() => GivenCredentials | Promise<GivenCredentials>)

/** A source of the given credentials, or of those in the environment or the surroundings. */
export function credentialSource(given: CredentialsOption | undefined, region: string): CredentialSource {
  let surroundings: CredentialSource | undefined
  return {
    get: async (signal) => {
      const here =
        given === undefined
          ? environmentCredentials()
          : await plain(typeof given === 'function' ? await given() : given)
      if (here !== null) return complete(here)
      if (surroundings === undefined) {
        // Few need them, and a split bundle loads them only then.
        const { surroundingSource } = await import('./surroundings.ts')
        surroundings ??= surroundingSource(region)
      }
      return surroundings.get(signal)
    },
    forget: () => surroundings?.forget(),
  }
}

async function plain(given: GivenCredentials): Promise<Partial<KmsCredentials>> {
  if ('getCredential' in given) return (await given.getCredential()) as Partial<KmsCredentials>
  return 'credentials' in given ? given.credentials : given
}
