import { RotatorError } from '../../core/errors.ts'
import { isObject } from '../../core/objects.ts'
import { hasNodeModules, loadModule } from '../http/node.ts'
import { badCredentials } from './bad-credentials.ts'
import { NO_CREDENTIALS } from './no-credentials.ts'
import type { KmsCredentials } from './types.ts'

const PACKAGE = '@alicloud/credentials'

interface ChainClient {
  getCredential(): Promise<{ accessKeyId?: string; accessKeySecret?: string; securityToken?: string }>
}

type Chain = () => Promise<KmsCredentials>

let loading: Promise<ChainClient | null> | undefined

/**
 * The default chain of `@alicloud/credentials`; null if that is not installed. Its errors keep its own words, without
 * anything that may be a secret.
 *
 * @throws RotatorError `config` if it is installed but cannot be loaded, as in a bundle.
 */
export async function installedChain(load = loadModule): Promise<Chain | null> {
  if (!hasNodeModules()) return null
  loading ??= loadChain(load)
  const client = await loading
  if (client === null) return null
  return async () => {
    try {
      const { accessKeyId, accessKeySecret, securityToken } = await client.getCredential()
      if (!accessKeyId || !accessKeySecret) throw new Error('it gave none')
      return { accessKeyId, accessKeySecret, securityToken: securityToken || undefined }
    } catch (error) {
      const words = cleaned(error instanceof Error ? error.message : '')
      throw badCredentials(`${NO_CREDENTIALS}. ${PACKAGE} says: ${words}`, { cause: new Error(words) })
    }
  }
}

async function loadChain(load: typeof loadModule): Promise<ChainClient | null> {
  try {
    const Client = constructorOf(await load(PACKAGE))
    return new Client()
  } catch (error) {
    if (isNotInstalled(error)) return null
    loading = undefined
    const why = `${PACKAGE} could not be loaded: leave it out of the bundle, or pass "credentials"`
    throw new RotatorError('config', why, { cause: error })
  }
}

/** The default export of a CommonJS package. Loaders wrap it once or twice. */
function constructorOf(loaded: unknown): new () => ChainClient {
  let found = loaded
  while (isObject(found) && 'default' in found) found = found.default
  return found as new () => ChainClient
}

function isNotInstalled(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return /^(ERR_)?MODULE_NOT_FOUND$/.test(String(code)) && String(message).includes(PACKAGE)
}

const LONGEST_WORDS = 600

/** Keeps plain words, names of variables and paths. Drops everything else that is as long as a secret. */
function cleaned(message: string): string {
  return message
    .replaceAll(/[^\s"',;:()]{12,}/g, (word) =>
      /^([A-Za-z]+\.?|[A-Z][A-Z_]+|[~/][\w./-]*)$/.test(word) && word.length < 64 ? word : '…',
    )
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, LONGEST_WORDS)
}
