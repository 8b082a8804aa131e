/** What this project uses of an optional peer dependency. */
declare module '@alicloud/live20161101' {
  class Message {
    constructor(fields: Record<string, unknown>)
    static names(): Record<string, string>
    static types(): Record<string, unknown>
    toMap(): Record<string, unknown>
    validate(): void
  }

  class Client {
    /** Some loaders give the module as its own default export. */
    static readonly default?: typeof Client
    constructor(config: object)
    callApi(params: object, request: object, runtime: object): Promise<Record<string, unknown>>
  }

  export { Client as default }
  export class SetSnapshotCallbackAuthRequest extends Message {}
  export class SetSnapshotCallbackAuthResponseBody extends Message {}
  export class QuerySnapshotCallbackAuthRequest extends Message {}
  export class QuerySnapshotCallbackAuthResponseBody extends Message {}
  export class UpdateLiveSnapshotNotifyConfigRequest extends Message {}
  export class UpdateLiveSnapshotNotifyConfigResponseBody extends Message {}
  export class DescribeLiveSnapshotNotifyConfigRequest extends Message {}
  export class DescribeLiveSnapshotNotifyConfigResponseBody extends Message {}
  export class DescribeLiveUserDomainsRequest extends Message {}
  export class DescribeLiveUserDomainsResponseBody extends Message {}
  export class DescribeLiveStreamsOnlineListRequest extends Message {}
  export class DescribeLiveStreamsOnlineListResponseBody extends Message {}
  export class ForbidLiveStreamRequest extends Message {}
  export class ForbidLiveStreamResponseBody extends Message {}
}
