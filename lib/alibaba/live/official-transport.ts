import type { $OpenApiUtil } from '@alicloud/openapi-core'
import { cast } from '@darabonba/typescript'
import type { LiveApi } from '../transport/limits.ts'
import { callLive, configOf, type OpenApiCaller, type OpenLive } from './live-transport.ts'

type Fields = Record<string, unknown>

/** An SDK class of a request or an answer: its fields in camel case, and their API names. */
export interface SdkModel {
  new (fields: Fields): { toMap(): Fields; validate(): void }
  names(): Record<string, string>
  types(): Record<string, unknown>
}

/** What this project uses of `@alicloud/live20161101`. */
export interface LiveSdk {
  readonly Client: new (config: $OpenApiUtil.Config) => OpenApiCaller
  readonly models: Readonly<Record<LiveApi, { readonly Request: SdkModel; readonly ResponseBody: SdkModel }>>
}

/**
 * Live over the Client and the Request classes of `@alicloud/live20161101`. Its own methods put every parameter into
 * the URL; `request.toMap()` through its `callApi` keeps keys in the body. Its typed answers are turned back into API
 * names, so that they are checked like all others.
 */
export function officialTransport(sdk: LiveSdk): OpenLive {
  return (server) => {
    const client = new sdk.Client(configOf(server))
    return async (api, form) => {
      const { Request, ResponseBody } = sdk.models[api]
      const request = new Request(typed(Request, form))
      request.validate()
      const { headers, body } = await callLive(client, server.protocol, api, request.toMap())
      return { headers, body: cast(body, new ResponseBody({})).toMap() }
    }
  }
}

/** The fields of a request under the SDK's names and types. An unknown parameter is a bug in this project. */
function typed(model: SdkModel, form: Readonly<Record<string, string>>): Fields {
  const byVendor = new Map(Object.entries(model.names()).map(([field, name]) => [name, field]))
  const types = model.types()
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) => {
      const field = byVendor.get(name)
      if (field === undefined) throw new TypeError(`@alicloud/live20161101 has no parameter ${name}`)
      return [field, types[field] === 'number' ? Number(value) : value]
    }),
  )
}
