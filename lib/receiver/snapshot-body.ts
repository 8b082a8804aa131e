/**
 * What the JSON body of a snapshot callback may contain. **Not documented**: these are the names that Live's documentation
 * gives for a similar callback (recording) and for the API that lists snapshots (DescribeLiveStreamSnapshotInfo). Look at
 * one of your own callbacks before you rely on a field, and check what you read: the signature does not cover the body.
 *
 * @example
 * ```ts
 * const body = (await request.json()) as SnapshotCallbackBody
 * if (typeof body.OssObject === 'string') await store(body.OssObject)
 * ```
 */
export interface SnapshotCallbackBody {
  /** As in the recording callback. */
  readonly domain?: unknown
  readonly app?: unknown
  readonly stream?: unknown
  /** As in DescribeLiveStreamSnapshotInfo. */
  readonly OssEndpoint?: unknown
  readonly OssBucket?: unknown
  readonly OssObject?: unknown
  readonly CreateTime?: unknown
  readonly [field: string]: unknown
}
