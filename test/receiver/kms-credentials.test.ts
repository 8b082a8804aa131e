import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { KmsCredentials } from '../../lib/receiver/index.ts'

type Chain = () => Promise<Partial<KmsCredentials>>

/** Loads the module anew, with this default chain installed; null for none. */
async function load(chain: Chain | null) {
  vi.resetModules()
  vi.doMock('@alicloud/credentials', () => {
    if (chain === null) throw new Error('Cannot find package')
    return {
      default: class {
        getCredential = chain
      },
    }
  })
  return import('../../lib/receiver/kms-credentials.ts')
}

const empty: Chain = () => Promise.resolve({ accessKeyId: '', accessKeySecret: '' })
const broken: Chain = () => Promise.reject(new Error('looked in the environment: the-access-key-secret'))

beforeEach(() => {
  vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'env')
  vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'env-secret')
  vi.stubEnv('ALIBABA_CLOUD_SECURITY_TOKEN', 'env-token')
})

describe('kmsCredentials', () => {
  it('takes what is given, asked for each time', async () => {
    const { kmsCredentials } = await load(null)
    const given = { accessKeyId: 'given', accessKeySecret: 's' }
    expect(await kmsCredentials(given)).toEqual(given)
    expect(await kmsCredentials(() => Promise.resolve(given))).toEqual(given)
  })

  it('takes those of the chain, else of the environment', async () => {
    const ofChain = { accessKeyId: 'chain', accessKeySecret: 's', securityToken: 't' }
    const ofEnvironment = { accessKeyId: 'env', accessKeySecret: 'env-secret', securityToken: 'env-token' }
    expect(await (await load(() => Promise.resolve(ofChain))).kmsCredentials(undefined)).toEqual(ofChain)
    for (const chain of [null, empty, broken]) {
      expect(await (await load(chain)).kmsCredentials(undefined)).toEqual(ofEnvironment)
    }
  })

  it('says what to do when there are none, and nothing of what the chain said', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', '')
    const { kmsCredentials } = await load(broken)
    const error: unknown = await kmsCredentials(undefined).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'badCredentials' })
    expect(error).not.toHaveProperty('cause')
    expect(String(error)).toContain('ALIBABA_CLOUD_ACCESS_KEY_ID')
    expect(String(error)).not.toContain('the-access-key-secret')
  })
})

describe('defaultExport', () => {
  it('finds the class however often a loader has wrapped it', async () => {
    const { defaultExport } = await load(null)
    class Client {
      readonly region = 'cn-shanghai'
    }
    expect(defaultExport({ default: Client })).toBe(Client)
    expect(defaultExport({ default: { default: Client } })).toBe(Client)
  })
})
