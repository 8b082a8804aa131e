import type { $OpenApiUtil } from '@alicloud/openapi-core'
import { cast } from '@darabonba/typescript'
import type { LiveApi } from '../transport/limits.ts'
import { callLive, configOf, type OpenApiCaller, type OpenLive } from './live-transport.ts'

type Fields = Record<string, unknown>

/** A class of the SDK for what is sent or answered: its fields in camel case, and the vendor's names for them. */
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
 * Live over the Client and the Request classes of `@alicloud/live20161101`. Its own methods put every parameter into the
 * URL; `request.toMap()` through its `callApi` keeps keys in the body. Its typed answers are handed on by the vendor's
 * names, so that they are checked as all others are.
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

/** The fields of a request, by the SDK's names and in its types. A parameter that it does not know is a fault of ours. */
function typed(model: SdkModel, form: Readonly<Record<string, string>>): Fields {
  const byVendor = new Map(Object.entries(model.names()).map(([field, name]) => [name, field]))
  const types = model.types()
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) => {
      const field = byVendor.get(name)
      if (field === undefined) throw new TypeError(`@alicloud/live20161101 knows no parameter ${name}`)
      return [field, types[field] === 'number' ? Number(value) : value]
    }),
  )
}
