/**
 * The Live and KMS operations that this project calls, as the vendor describes them. Parameters: the metadata of
 * github.com/aliyun/aliyun-openapi-meta (`en-US/live`, `zh-CN/kms`), each file at the commit that is named. Fields of
 * answers: the models of github.com/aliyun/alibabacloud-typescript-sdk, live-20161101 3.0.1 and kms-20160120 3.2.0.
 *
 * All are called by POST; the metadata gives every parameter the place Query, and RPC takes a form body just as well.
 */
export interface ApiFact {
  readonly product: 'live' | 'kms'
  readonly commit: string
  /** A `*` marks what is required, a `#` a whole number; all others are texts. */
  readonly parameters: string
  /** Paths in the answer, lists as `[]`; RequestId is in each. */
  readonly answer: readonly string[]
}

const VERSION_STAGES = 'VersionStages.VersionStage[]'

export const API_FACTS: Readonly<Record<string, ApiFact>> = {
  SetSnapshotCallbackAuth: {
    product: 'live',
    commit: '1afaa828d7e735bd7923735cf635fac9e58875ef',
    parameters: 'CallbackAuthKey* CallbackReqAuth* DomainName* RegionId',
    answer: [],
  },
  QuerySnapshotCallbackAuth: {
    product: 'live',
    commit: '1afaa828d7e735bd7923735cf635fac9e58875ef',
    parameters: 'DomainName* RegionId',
    answer: ['DomainName', 'CallbackReqAuth', 'CallbackAuthKey'],
  },
  DescribeLiveSnapshotNotifyConfig: {
    product: 'live',
    commit: '1fc1ce8f7e092aff9bcf848128e918ac6cbf9664',
    parameters: 'DomainName*',
    answer: ['DomainName', 'NotifyUrl', 'NotifyReqAuth', 'NotifyAuthKey'],
  },
  UpdateLiveSnapshotNotifyConfig: {
    product: 'live',
    commit: '0e8633d0fda8f4f4098771d70cf5f864bd25839e',
    parameters: 'DomainName* NotifyAuthKey NotifyReqAuth NotifyUrl RegionId',
    answer: [],
  },
  DeleteSnapshotCallbackAuth: {
    product: 'live',
    commit: '1afaa828d7e735bd7923735cf635fac9e58875ef',
    parameters: 'DomainName* RegionId',
    answer: [],
  },
  AddLiveSnapshotNotifyConfig: {
    product: 'live',
    commit: '558752af7d6c3c1b755571cca5d51c85deb921f3',
    parameters: 'DomainName* NotifyAuthKey NotifyReqAuth NotifyUrl*',
    answer: [],
  },
  DeleteLiveSnapshotNotifyConfig: {
    product: 'live',
    commit: '1afaa828d7e735bd7923735cf635fac9e58875ef',
    parameters: 'DomainName* RegionId',
    answer: [],
  },
  DescribeLiveSnapshotConfig: {
    product: 'live',
    commit: '379ce6bbe0f9c6467cd9ada39c3b7172e9641e77',
    parameters: 'AppName DomainName* Order PageNum# PageSize#',
    answer: [
      'PageNum',
      'PageSize',
      'Order',
      'TotalNum',
      'TotalPage',
      ...[
        'DomainName',
        'AppName',
        'TimeInterval',
        'OssBucket',
        'OssEndpoint',
        'OverwriteOssObject',
        'SequenceOssObject',
        'Callback',
        'CreateTime',
      ].map((field) => `LiveStreamSnapshotConfigList.LiveStreamSnapshotConfig[].${field}`),
    ],
  },
  DescribeLiveUserDomains: {
    product: 'live',
    commit: '0e8633d0fda8f4f4098771d70cf5f864bd25839e',
    parameters:
      'DomainName DomainSearchType DomainStatus LiveDomainType PageNumber# PageSize# RegionName ResourceGroupId Tag',
    answer: [
      'PageNumber',
      'PageSize',
      'TotalCount',
      ...[
        'DomainName',
        'Cname',
        'Description',
        'GmtCreated',
        'GmtModified',
        'LiveDomainStatus',
        'LiveDomainType',
        'RegionName',
        'ResourceGroupId',
      ].map((field) => `Domains.PageData[].${field}`),
    ],
  },
  DescribeLiveStreamsOnlineList: {
    product: 'live',
    commit: '558752af7d6c3c1b755571cca5d51c85deb921f3',
    parameters: 'AppName DomainName* OnlyStream PageNum# PageSize# QueryType StreamName StreamType',
    answer: [
      'PageNum',
      'PageSize',
      'TotalNum',
      'TotalPage',
      ...[
        'AppName',
        'StreamName',
        'DomainName',
        'PublishDomain',
        'PublishTime',
        'PublishType',
        'PublishUrl',
        'ClientIp',
        'ServerIp',
        'Transcoded',
        'Height',
        'Width',
        'FrameRate',
        'AudioCodecId',
        'VideoCodecId',
        'AudioDataRate',
        'VideoDataRate',
      ].map((field) => `OnlineInfo.LiveStreamOnlineInfo[].${field}`),
    ],
  },
  ForbidLiveStream: {
    product: 'live',
    commit: '1fc1ce8f7e092aff9bcf848128e918ac6cbf9664',
    parameters: 'AppName* DomainName* LiveStreamType* Oneshot ResumeTime StreamName*',
    answer: [],
  },
  CreateSecret: {
    product: 'kms',
    commit: '379ce6bbe0f9c6467cd9ada39c3b7172e9641e77',
    parameters:
      'DKMSInstanceId Description EnableAutomaticRotation EncryptionKeyId ExtendedConfig Policy RotationInterval SecretData* SecretDataType SecretName* SecretType Tags VersionId*',
    answer: [
      'Arn',
      'SecretName',
      'VersionId',
      'SecretType',
      'DKMSInstanceId',
      'AutomaticRotation',
      'ExtendedConfig',
      'NextRotationDate',
      'RotationInterval',
    ],
  },
  PutSecretValue: {
    product: 'kms',
    commit: '0e8633d0fda8f4f4098771d70cf5f864bd25839e',
    parameters: 'SecretData* SecretDataType SecretName* VersionId* VersionStages',
    answer: ['SecretName', 'VersionId', VERSION_STAGES],
  },
  DescribeSecret: {
    product: 'kms',
    commit: '0e8633d0fda8f4f4098771d70cf5f864bd25839e',
    parameters: 'FetchTags SecretName*',
    answer: [
      'Arn',
      'SecretName',
      'SecretType',
      'Description',
      'EncryptionKeyId',
      'DKMSInstanceId',
      'CreateTime',
      'UpdateTime',
    ],
  },
  DeleteSecret: {
    product: 'kms',
    commit: '0e8633d0fda8f4f4098771d70cf5f864bd25839e',
    parameters: 'ForceDeleteWithoutRecovery RecoveryWindowInDays SecretName*',
    answer: ['SecretName', 'PlannedDeleteTime'],
  },
  GetSecretValue: {
    product: 'kms',
    commit: '379ce6bbe0f9c6467cd9ada39c3b7172e9641e77',
    parameters: 'DryRun FetchExtendedConfig SecretName* VersionId VersionStage',
    answer: [
      'SecretName',
      'VersionId',
      'SecretData',
      'SecretDataType',
      'SecretType',
      'CreateTime',
      VERSION_STAGES,
    ],
  },
  ListSecretVersionIds: {
    product: 'kms',
    commit: '558752af7d6c3c1b755571cca5d51c85deb921f3',
    parameters: 'IncludeDeprecated PageNumber# PageSize# SecretName*',
    answer: [
      'SecretName',
      'PageNumber',
      'PageSize',
      'TotalCount',
      'VersionIds.VersionId[].VersionId',
      'VersionIds.VersionId[].CreateTime',
      `VersionIds.VersionId[].${VERSION_STAGES}`,
    ],
  },
  UpdateSecretVersionStage: {
    product: 'kms',
    commit: '558752af7d6c3c1b755571cca5d51c85deb921f3',
    parameters: 'MoveToVersion RemoveFromVersion SecretName* VersionStage*',
    answer: ['SecretName'],
  },
  ListKmsInstances: {
    product: 'kms',
    commit: '379ce6bbe0f9c6467cd9ada39c3b7172e9641e77',
    parameters: 'Filters PageNumber# PageSize#',
    answer: [
      'PageNumber',
      'PageSize',
      'TotalCount',
      'KmsInstances.KmsInstance[].KmsInstanceId',
      'KmsInstances.KmsInstance[].KmsInstanceArn',
    ],
  },
}

export interface Parameter {
  readonly name: string
  readonly required: boolean
  readonly type: 'text' | 'whole number'
}

export function parametersOf(fact: ApiFact): readonly Parameter[] {
  return fact.parameters.split(' ').map((written) => ({
    name: written.replace(/[*#]/g, ''),
    required: written.includes('*'),
    type: written.includes('#') ? 'whole number' : 'text',
  }))
}
