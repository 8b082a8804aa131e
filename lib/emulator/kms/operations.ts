import type { Params } from '../wire/params.ts'
import type { Limit } from '../wire/rate-limit.ts'
import type { Operation, OperationContext, Permission } from '../wire/rpc-product.ts'
import type { KmsLimits } from '../wire/limits.ts'
import type { Secret, SecretVersion } from '../world/secret.ts'
import type { ListedVersion } from '../world/secrets.ts'
import type { World } from '../world/world.ts'
import { needsInstance } from './errors.ts'

type Fields = Readonly<Record<string, unknown>>

/** The operations of KMS Secrets Manager: their parameters, their permissions, and the shapes of their answers. */
export function kmsOperations(world: World, limits: KmsLimits): Record<string, Operation> {
  const { secrets, assumptions } = world
  const time = (at: number): string => world.stamp(at)
  const info = group('query', limits.query)
  const low = group('low', limits.lowFrequency)
  const life = group('createDelete', limits.createDelete)
  const nameOf = (params: Params): string => params.required('SecretName')
  const secretFor = (params: Params, { caller }: OperationContext): Secret =>
    secrets.get(caller.accountId, nameOf(params))

  /** A secret that is protected by a key of the customer needs a permission on that key as well. */
  const keyPermission = (action: string, keyId: string | null, context: OperationContext): Permission[] => {
    const spared =
      action === 'kms:Decrypt' && context.caller.securityToken !== null && !assumptions.stsNeedsDecrypt
    return keyId === null || spared ? [] : [{ action, resource: arn(context, `key/${keyId}`) }]
  }
  const storedKey = (params: Params, { caller }: OperationContext): string | null =>
    secrets.all().find(({ accountId, name }) => accountId === caller.accountId && name === nameOf(params))
      ?.encryptionKeyId ?? null

  const operation = (
    action: string,
    limit: Limit,
    run: (params: Params, context: OperationContext) => Fields,
    options: { writes?: boolean; keyAction?: string } = {},
  ): Operation => ({
    limit,
    writes: options.writes ?? false,
    permissions: (params, context) => [
      { action: `kms:${action}`, resource: arn(context, `secret/${nameOf(params)}`) },
      ...(options.keyAction === undefined
        ? []
        : keyPermission(options.keyAction, storedKey(params, context), context)),
    ],
    run,
  })

  const createSecret: Operation = {
    limit: life,
    writes: true,
    permissions: (params, context) => [
      { action: 'kms:CreateSecret', resource: arn(context, 'secret') },
      ...keyPermission('kms:GenerateDataKey', params.optional('EncryptionKeyId'), context),
    ],
    run: (params, context) => {
      params.choice('SecretType', ['Generic'], 'Generic')
      const lacking = ['DKMSInstanceId', 'EncryptionKeyId'].some((name) => params.optional(name) === null)
      if (assumptions.createNeedsInstance && lacking) throw needsInstance()
      const secret = secrets.create(context.caller.accountId, nameOf(params), newVersion(params), {
        description: params.optional('Description') ?? '',
        encryptionKeyId: params.optional('EncryptionKeyId'),
        instanceId: params.optional('DKMSInstanceId'),
      })
      return {
        Arn: arn(context, `secret/${secret.name}`),
        SecretName: secret.name,
        VersionId: params.required('VersionId'),
        SecretType: 'Generic',
        ...(secret.instanceId === null ? {} : { DKMSInstanceId: secret.instanceId }),
      }
    },
  }

  return {
    CreateSecret: createSecret,
    PutSecretValue: operation(
      'PutSecretValue',
      low,
      (params, { caller }) => {
        const stages = stagesOf(params.optional('VersionStages'))
        const version = secrets.put(caller.accountId, nameOf(params), newVersion(params), stages)
        return { SecretName: nameOf(params), VersionId: version.id, ...stageFields(version) }
      },
      { writes: true, keyAction: 'kms:GenerateDataKey' },
    ),
    GetSecretValue: operation(
      'GetSecretValue',
      info,
      (params, context) => {
        const secret = secretFor(params, context)
        const version = secrets.version(secret, params.optional('VersionId'), params.optional('VersionStage'))
        return {
          SecretName: secret.name,
          VersionId: version.id,
          SecretData: version.data.reveal(),
          SecretDataType: version.type,
          SecretType: 'Generic',
          CreateTime: time(version.createdAt),
          ...stageFields(version),
        }
      },
      { keyAction: 'kms:Decrypt' },
    ),
    DescribeSecret: operation('DescribeSecret', info, (params, context) => {
      const secret = secrets.get(context.caller.accountId, nameOf(params), true)
      return {
        Arn: arn(context, `secret/${secret.name}`),
        SecretName: secret.name,
        SecretType: 'Generic',
        Description: secret.description,
        EncryptionKeyId: secret.encryptionKeyId ?? '',
        DKMSInstanceId: secret.instanceId ?? '',
        CreateTime: time(secret.createdAt),
        UpdateTime: time(secret.updatedAt),
        ...(secret.plannedDeleteAt === null ? {} : { PlannedDeleteTime: time(secret.plannedDeleteAt) }),
      }
    }),
    ListSecretVersionIds: operation('ListSecretVersionIds', low, (params, context) => {
      const secret = secretFor(params, context)
      const pageNumber = params.integer('PageNumber', 1, 1, 999_999)
      const pageSize = params.integer('PageSize', assumptions.listPageSize, 1, 100)
      const withDeprecated = params.boolean('IncludeDeprecated')
      const versions = secrets.listed(secret).filter(({ stages }) => withDeprecated || stages.length > 0)
      const page = versions.slice((pageNumber - 1) * pageSize, pageNumber * pageSize)
      return {
        SecretName: secret.name,
        PageNumber: pageNumber,
        PageSize: pageSize,
        TotalCount: versions.length,
        VersionIds: {
          VersionId: page.map((version) => ({
            VersionId: version.id,
            CreateTime: time(version.createdAt),
            ...stageFields(version),
          })),
        },
      }
    }),
    UpdateSecretVersionStage: operation(
      'UpdateSecretVersionStage',
      low,
      (params, { caller }) => {
        secrets.updateStage(
          caller.accountId,
          nameOf(params),
          params.required('VersionStage'),
          params.optional('MoveToVersion'),
          params.optional('RemoveFromVersion'),
        )
        return { SecretName: nameOf(params) }
      },
      { writes: true },
    ),
    DeleteSecret: operation(
      'DeleteSecret',
      life,
      (params, { caller }) => {
        const atOnce = params.boolean('ForceDeleteWithoutRecovery')
        if (atOnce && params.optional('RecoveryWindowInDays') !== null) {
          throw params.malformed('RecoveryWindowInDays', 'must be absent when deletion is forced')
        }
        const days = params.integer('RecoveryWindowInDays', 30, 7, 30)
        const secret = secrets.delete(caller.accountId, nameOf(params), atOnce ? null : days)
        return { SecretName: secret.name, PlannedDeleteTime: time(secret.plannedDeleteAt ?? 0) }
      },
      { writes: true },
    ),
    RestoreSecret: operation(
      'RestoreSecret',
      life,
      (params, { caller }) => {
        secrets.restore(caller.accountId, nameOf(params))
        return { SecretName: nameOf(params) }
      },
      { writes: true },
    ),
  }
}

function group(name: string, calls: number): Limit {
  return { bucket: `kms ${name}`, calls, perMs: 1_000 }
}

function arn({ caller, region }: OperationContext, resource: string): string {
  return `acs:kms:${region}:${caller.accountId}:${resource}`
}

function newVersion(params: Params): { versionId: string; data: string; type: 'text' | 'binary' } {
  return {
    versionId: params.required('VersionId'),
    data: params.required('SecretData', true),
    type: params.choice('SecretDataType', ['text', 'binary'], 'text'),
  }
}

/** VersionStages is a string that holds a JSON array. Any other shape is as good as none. */
function stagesOf(text: string | null): string[] | null {
  try {
    const stages: unknown = JSON.parse(text ?? 'null')
    if (!Array.isArray(stages) || stages.length === 0) return null
    return stages.every((stage) => typeof stage === 'string') ? stages : null
  } catch {
    return null
  }
}

function stageFields(version: SecretVersion | ListedVersion): Fields {
  return { VersionStages: { VersionStage: [...version.stages] } }
}
