import * as sdk from '@alicloud/live20161101'
import { officialTransport } from './official-transport.ts'

// Importing this CommonJS module gives its exports in Node, their `default` with some loaders.
const Client = sdk.default.default ?? sdk.default

/** Stands in for `live-sdk.ts` in a build with `LIVE_SDK=official`. */
export const openLive = officialTransport({
  Client,
  models: {
    SetSnapshotCallbackAuth: {
      Request: sdk.SetSnapshotCallbackAuthRequest,
      ResponseBody: sdk.SetSnapshotCallbackAuthResponseBody,
    },
    QuerySnapshotCallbackAuth: {
      Request: sdk.QuerySnapshotCallbackAuthRequest,
      ResponseBody: sdk.QuerySnapshotCallbackAuthResponseBody,
    },
    UpdateLiveSnapshotNotifyConfig: {
      Request: sdk.UpdateLiveSnapshotNotifyConfigRequest,
      ResponseBody: sdk.UpdateLiveSnapshotNotifyConfigResponseBody,
    },
    DescribeLiveSnapshotNotifyConfig: {
      Request: sdk.DescribeLiveSnapshotNotifyConfigRequest,
      ResponseBody: sdk.DescribeLiveSnapshotNotifyConfigResponseBody,
    },
    DescribeLiveUserDomains: {
      Request: sdk.DescribeLiveUserDomainsRequest,
      ResponseBody: sdk.DescribeLiveUserDomainsResponseBody,
    },
    DescribeLiveStreamsOnlineList: {
      Request: sdk.DescribeLiveStreamsOnlineListRequest,
      ResponseBody: sdk.DescribeLiveStreamsOnlineListResponseBody,
    },
    ForbidLiveStream: {
      Request: sdk.ForbidLiveStreamRequest,
      ResponseBody: sdk.ForbidLiveStreamResponseBody,
    },
  },
})
