import kms from '@alicloud/kms20160120'
import openApi, { $OpenApiUtil } from '@alicloud/openapi-core'
import Pop from '@alicloud/pop-core'
import { Config as RpcConfig } from '@alicloud/rpc-client'
import { RuntimeOptions } from '@darabonba/typescript'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET } from '../../lib/emulator/local-account.ts'

// Importing this CommonJS module gives its exports in Node, their `default` with some loaders.
const OpenApiClient = 'default' in openApi ? openApi.default : openApi
export const KmsClient = 'default' in kms ? kms.default : kms

export type Fields = Record<string, unknown>

interface Identity {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string | null
}

function tokenOf({ securityToken = null }: Identity): { securityToken?: string } {
  return securityToken === null ? {} : { securityToken }
}

const LOCAL: Identity = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }
const LIVE = '2016-11-01'
const KMS = '2016-01-20'

/** Calls through @alicloud/openapi-core: ACS3-HMAC-SHA256, unless `v2` asks it for the older signature. */
export function openApiCore(
  endpoint: string,
  identity: Identity = LOCAL,
  signatureAlgorithm?: string,
): (
  action: string,
  params?: Fields,
  how?: { in?: 'query' | 'body' | 'json'; headers?: Fields },
) => Promise<Fields> {
  const client = new OpenApiClient(
    new $OpenApiUtil.Config({
      endpoint,
      protocol: 'HTTP',
      accessKeyId: identity.accessKeyId,
      accessKeySecret: identity.accessKeySecret,
      ...tokenOf(identity),
      ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    }),
  )
  return async (action, params = {}, how = {}) => {
    const place = how.in ?? 'query'
    const answer = await client.callApi(
      new $OpenApiUtil.Params({
        action,
        version: action.includes('Secret') ? KMS : LIVE,
        protocol: 'HTTP',
        pathname: '/',
        method: 'POST',
        authType: 'AK',
        style: 'RPC',
        reqBodyType: place === 'json' ? 'json' : 'formData',
        bodyType: 'json',
      }),
      new $OpenApiUtil.OpenApiRequest({
        ...(place === 'query' ? { query: params } : { body: params }),
        headers: how.headers ?? {},
      }),
      new RuntimeOptions({}),
    )
    return answer['body'] as Fields
  }
}

/** Calls through @alicloud/pop-core: RPC version 1. */
export function popCore(
  endpoint: string,
  identity: Identity = LOCAL,
): (action: string, params?: Fields, options?: { method?: 'GET' | 'POST' }) => Promise<Fields> {
  const make = (apiVersion: string): Pop =>
    new Pop({
      endpoint: `http://${endpoint}`,
      apiVersion,
      accessKeyId: identity.accessKeyId,
      accessKeySecret: identity.accessKeySecret,
      ...tokenOf(identity),
    })
  const [live, keys] = [make(LIVE), make(KMS)]
  return (action, params = {}, options = {}) =>
    (action.includes('Secret') ? keys : live).request<Fields>(action, params, options)
}

/** A client of @alicloud/kms20160120: RPC version 1, all parameters in the query. */
export function kmsClient(endpoint: string, identity: Identity = LOCAL): InstanceType<typeof KmsClient> {
  return new KmsClient(
    new RpcConfig({
      endpoint,
      protocol: 'HTTP',
      regionId: 'cn-shanghai',
      accessKeyId: identity.accessKeyId,
      accessKeySecret: identity.accessKeySecret,
      ...tokenOf(identity),
    }),
  )
}

/** The code, without its suffix, and the status, of the error that a promise rejects with. */
export async function refusal(
  promise: Promise<unknown>,
): Promise<{ code: string; status: number | undefined }> {
  try {
    await promise
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('code' in error)) throw error
    const status =
      'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined
    return { code: String(error.code).replace(/Error$/, ''), status }
  }
  throw new Error('it was not refused')
}
