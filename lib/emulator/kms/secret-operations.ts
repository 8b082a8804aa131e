import type { Operation } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import { needsInstance } from './errors.ts'
import { arn, type KmsOperations } from './operation.ts'
import { newVersion } from './version-fields.ts'

/** CreateSecret, DescribeSecret, DeleteSecret and RestoreSecret. */
export function secretOperations(world: World, kms: KmsOperations): Record<string, Operation> {
  const { secrets, assumptions } = world
  return {
    CreateSecret: kms.creation({
      limit: 'createDelete',
      writes: true,
      run: (params, context) => {
        params.choice('SecretType', ['Generic'], 'Generic')
        const encryptionKeyId = params.optional('EncryptionKeyId')
        const instanceId = params.optional('DKMSInstanceId')
        if (assumptions.createNeedsInstance && (encryptionKeyId === null || instanceId === null)) {
          throw needsInstance()
        }
        const name = params.required('SecretName')
        const secret = secrets.create(context.caller.accountId, name, newVersion(params), {
          description: params.optional('Description') ?? '',
          encryptionKeyId,
          instanceId,
        })
        return {
          Arn: arn(context, `secret/${secret.name}`),
          SecretName: secret.name,
          VersionId: params.required('VersionId'),
          SecretType: 'Generic',
          ...(instanceId === null ? {} : { DKMSInstanceId: instanceId }),
        }
      },
    }),
    DescribeSecret: kms.onSecret('DescribeSecret', {
      limit: 'query',
      run: (params, context) => {
        const secret = secrets.get(context.caller.accountId, params.required('SecretName'), true)
        return {
          Arn: arn(context, `secret/${secret.name}`),
          SecretName: secret.name,
          SecretType: 'Generic',
          Description: secret.description,
          EncryptionKeyId: secret.encryptionKeyId ?? '',
          DKMSInstanceId: secret.instanceId ?? '',
          Tags: { Tag: [] },
          CreateTime: world.stamp(secret.createdAt),
          UpdateTime: world.stamp(secret.updatedAt),
          ...(secret.plannedDeleteAt === null
            ? {}
            : { PlannedDeleteTime: world.stamp(secret.plannedDeleteAt) }),
        }
      },
    }),
    DeleteSecret: kms.onSecret('DeleteSecret', {
      limit: 'createDelete',
      writes: true,
      run: (params, { caller }) => {
        const atOnce = params.boolean('ForceDeleteWithoutRecovery')
        if (atOnce && params.optional('RecoveryWindowInDays') !== null) {
          throw params.malformed('RecoveryWindowInDays', 'must be absent when deletion is forced')
        }
        const days = params.integer('RecoveryWindowInDays', 30, 7, 30)
        const secret = secrets.delete(caller.accountId, params.required('SecretName'), atOnce ? null : days)
        return { SecretName: secret.name, PlannedDeleteTime: world.stamp(secret.plannedDeleteAt ?? 0) }
      },
    }),
    RestoreSecret: kms.onSecret('RestoreSecret', {
      limit: 'createDelete',
      writes: true,
      run: (params, { caller }) => {
        const SecretName = params.required('SecretName')
        secrets.restore(caller.accountId, SecretName)
        return { SecretName }
      },
    }),
  }
}
