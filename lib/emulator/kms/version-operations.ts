import { pageOf } from '../wire/params.ts'
import type { Operation } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import type { KmsOperations } from './operation.ts'
import { newVersion, stageFields, stagesOf } from './version-fields.ts'

/** PutSecretValue, GetSecretValue, ListSecretVersionIds and UpdateSecretVersionStage. */
export function versionOperations(world: World, kms: KmsOperations): Record<string, Operation> {
  const { secrets, assumptions } = world
  return {
    PutSecretValue: kms.onSecret('PutSecretValue', {
      limit: 'lowFrequency',
      writes: true,
      keyAction: 'kms:GenerateDataKey',
      run: (params, { caller }) => {
        const SecretName = params.required('SecretName')
        const stages = stagesOf(params.optional('VersionStages'))
        const version = secrets.put(caller.accountId, SecretName, newVersion(params), stages)
        return { SecretName, VersionId: version.id, ...stageFields(version.stages) }
      },
    }),
    GetSecretValue: kms.onSecret('GetSecretValue', {
      limit: 'query',
      keyAction: 'kms:Decrypt',
      run: (params, { caller }) => {
        const secret = secrets.get(caller.accountId, params.required('SecretName'))
        const version = secrets.version(secret, params.optional('VersionId'), params.optional('VersionStage'))
        return {
          SecretName: secret.name,
          VersionId: version.id,
          SecretData: version.data.reveal(),
          SecretDataType: version.type,
          SecretType: 'Generic',
          CreateTime: world.stamp(version.createdAt),
          ...stageFields(version.stages),
        }
      },
    }),
    ListSecretVersionIds: kms.onSecret('ListSecretVersionIds', {
      limit: 'lowFrequency',
      run: (params, { caller }) => {
        const secret = secrets.get(caller.accountId, params.required('SecretName'))
        const PageNumber = params.integer('PageNumber', 1, 1, 999_999)
        const PageSize = params.integer('PageSize', assumptions.listPageSize, 1, 100)
        const withDeprecated = params.boolean('IncludeDeprecated')
        const versions = secrets.listed(secret).filter(({ stages }) => withDeprecated || stages.length > 0)
        const page = pageOf(versions, PageNumber, PageSize)
        return {
          SecretName: secret.name,
          PageNumber,
          PageSize,
          TotalCount: versions.length,
          VersionIds: {
            VersionId: page.map(({ id, createdAt, stages }) => ({
              VersionId: id,
              CreateTime: world.stamp(createdAt),
              ...stageFields(stages),
            })),
          },
        }
      },
    }),
    UpdateSecretVersionStage: kms.onSecret('UpdateSecretVersionStage', {
      limit: 'lowFrequency',
      writes: true,
      run: (params, { caller }) => {
        const SecretName = params.required('SecretName')
        const stage = params.required('VersionStage')
        const [to, from] = [params.optional('MoveToVersion'), params.optional('RemoveFromVersion')]
        secrets.updateStage(caller.accountId, SecretName, stage, to, from)
        return { SecretName }
      },
    }),
  }
}
