/** Calls a second per account, of one operation or one group of operations. */
export interface KmsLimits {
  /** GetSecretValue and DescribeSecret together. */
  readonly query: number
  /** PutSecretValue, ListSecretVersionIds and UpdateSecretVersionStage together. */
  readonly lowFrequency: number
  /** CreateSecret, DeleteSecret and RestoreSecret together. */
  readonly createDelete: number
}

/** Calls a second per account, each operation for itself. */
export interface LiveLimits {
  readonly SetSnapshotCallbackAuth: number
  readonly QuerySnapshotCallbackAuth: number
  readonly DeleteSnapshotCallbackAuth: number
  readonly DescribeLiveUserDomains: number
  readonly DescribeLiveSnapshotConfig: number
  /** A minute, not a second. */
  readonly DescribeLiveStreamsOnlineList: number
  readonly ForbidLiveStream: number
  readonly ResumeLiveStream: number
  readonly AddLiveSnapshotNotifyConfig: number
  readonly UpdateLiveSnapshotNotifyConfig: number
  readonly DescribeLiveSnapshotNotifyConfig: number
  readonly DeleteLiveSnapshotNotifyConfig: number
}

export interface Limits {
  readonly kms: KmsLimits
  readonly live: LiveLimits
}

/** As documented on the pages of the operations and on KMS's page of performance data. */
export const DOCUMENTED_LIMITS: Limits = {
  kms: { query: 450, lowFrequency: 40, createDelete: 10 },
  live: {
    SetSnapshotCallbackAuth: 30,
    QuerySnapshotCallbackAuth: 30,
    DeleteSnapshotCallbackAuth: 30,
    DescribeLiveUserDomains: 100,
    DescribeLiveSnapshotConfig: 100,
    DescribeLiveStreamsOnlineList: 10_000,
    ForbidLiveStream: 20,
    ResumeLiveStream: 30,
    AddLiveSnapshotNotifyConfig: 30,
    UpdateLiveSnapshotNotifyConfig: 30,
    DescribeLiveSnapshotNotifyConfig: 30,
    DeleteLiveSnapshotNotifyConfig: 30,
  },
}
