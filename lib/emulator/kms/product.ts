import { ApiError } from '../wire/api-error.ts'
import type { KmsLimits } from './limits.ts'
import type { RpcProduct } from '../wire/rpc-product.ts'
import { kmsParamErrors } from './errors.ts'
import { instanceOperations } from './instance-operations.ts'
import { KmsOperations } from './operation.ts'
import { secretOperations } from './secret-operations.ts'
import { versionOperations } from './version-operations.ts'
import type { World } from '../world/world.ts'

/** KMS Secrets Manager, version 2016-01-20. */
export function kmsProduct(world: World, limits: KmsLimits, instances: readonly string[] = []): RpcProduct {
  const operations = new KmsOperations(world, limits)
  return {
    name: 'Kms',
    version: '2016-01-20',
    xmlRoot: 'KMS',
    paramErrors: kmsParamErrors,
    targetParameter: 'SecretName',
    expiredTimestampCode: world.assumptions.kmsExpiredTimestampCode,
    operations: {
      ...secretOperations(world, operations),
      ...versionOperations(world, operations),
      ...instanceOperations(instances, operations),
    },
    throttled: () => new ApiError(429, 'Rejected.Throttling', 'QPS Limit Exceeded'),
    denied: (details) => {
      return new ApiError(
        403,
        'Forbidden.NoPermission',
        'This operation is forbidden by permission.',
        details,
      )
    },
    errorBody: (error, requestId) => ({
      HttpStatus: error.status,
      Code: error.code,
      Message: error.message,
      RequestId: requestId,
      ...error.details,
    }),
  }
}
