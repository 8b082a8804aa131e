/** Calls per second and account, as on each operation's page. */
export const DOCUMENTED_LIVE_LIMITS = {
  SetSnapshotCallbackAuth: 30,
  QuerySnapshotCallbackAuth: 30,
  DeleteSnapshotCallbackAuth: 30,
  DescribeLiveUserDomains: 100,
  DescribeLiveSnapshotConfig: 100,
  /** Per minute, not per second. */
  DescribeLiveStreamsOnlineList: 10_000,
  ForbidLiveStream: 20,
  ResumeLiveStream: 30,
  AddLiveSnapshotNotifyConfig: 30,
  UpdateLiveSnapshotNotifyConfig: 30,
  DescribeLiveSnapshotNotifyConfig: 30,
  DeleteLiveSnapshotNotifyConfig: 30,
} as const

export type LiveOperationName = keyof typeof DOCUMENTED_LIVE_LIMITS
export type LiveLimits = Readonly<Record<LiveOperationName, number>>
