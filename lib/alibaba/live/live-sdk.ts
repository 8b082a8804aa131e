import openApi from '@alicloud/openapi-core'
import { callLive, configOf, type OpenLive } from './live-transport.ts'

// Node hands out a CommonJS module's exports, some loaders what is called `default` in them.
const OpenApiClient = 'default' in openApi ? openApi.default : openApi

/**
 * Live over the generic client of `@alicloud/openapi-core`: the default. `LIVE_SDK=official npm run build` puts
 * `live-sdk-official.ts` in the place of this file.
 */
export const openLive: OpenLive = (server) => {
  const client = new OpenApiClient(configOf(server))
  return (api, form) => callLive(client, server.protocol, api, form)
}
