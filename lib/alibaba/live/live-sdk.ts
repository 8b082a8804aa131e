import openApi from '@alicloud/openapi-core'
import { callLive, configOf, type OpenLive } from './live-transport.ts'

// Importing this CommonJS module gives its exports in Node, their `default` with some loaders.
const OpenApiClient = 'default' in openApi ? openApi.default : openApi

/**
 * Live over the generic client of `@alicloud/openapi-core`: the default. `LIVE_SDK=official npm run build` replaces
 * this file with `live-sdk-official.ts`.
 */
export const openLive: OpenLive = (server) => {
  const client = new OpenApiClient(configOf(server))
  return (api, form) => callLive(client, server.protocol, api, form)
}
