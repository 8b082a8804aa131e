import { $OpenApiUtil } from '@alicloud/openapi-core'
import { RuntimeOptions } from '@darabonba/typescript'
import { SDK_TIMEOUTS } from '../transport/call-timeout.ts'
import type { LiveApi } from '../transport/limits.ts'
import { sdkConfig, type SdkServer } from '../transport/sdk-config.ts'

/** Parameters by their API names. */
export type LiveForm = Readonly<Record<string, string>>

export interface LiveAnswer {
  readonly headers: unknown
  /** Not checked. */
  readonly body: unknown
}

/** One HTTPS request to Live. Throws what the SDK throws. */
export type LiveTransport = (api: LiveApi, form: LiveForm) => Promise<LiveAnswer>

export type OpenLive = (server: SdkServer) => LiveTransport

/** What both clients of Live have in common: the generic call of `@alicloud/openapi-core`. */
export interface OpenApiCaller {
  callApi(
    params: $OpenApiUtil.Params,
    request: $OpenApiUtil.OpenApiRequest,
    runtime: RuntimeOptions,
  ): Promise<Record<string, unknown>>
}

export const configOf = (server: SdkServer): $OpenApiUtil.Config => new $OpenApiUtil.Config(sdkConfig(server))

/** Sends the parameters in the form body, so that no key is ever in a URL; signed with ACS3. */
export async function callLive(
  client: OpenApiCaller,
  protocol: string,
  action: LiveApi,
  body: Readonly<Record<string, unknown>>,
): Promise<LiveAnswer> {
  const params = new $OpenApiUtil.Params({
    action,
    version: '2016-11-01',
    protocol,
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  })
  const request = new $OpenApiUtil.OpenApiRequest({ body })
  const response = await client.callApi(params, request, new RuntimeOptions(SDK_TIMEOUTS))
  return { headers: response['headers'], body: response['body'] }
}
