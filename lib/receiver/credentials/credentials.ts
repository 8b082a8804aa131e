import { complete, environmentCredentials } from './access-keys.ts'
import type { CredentialSource, KmsCredentials } from './types.ts'

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

/** A source of the credentials that are given, or of those that the environment or the surroundings have. */
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
        // Few need them: whoever splits a bundle loads them only then.
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
