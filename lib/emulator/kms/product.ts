import { ApiError } from '../wire/api-error.ts'
import type { KmsLimits } from '../wire/limits.ts'
import type { RpcProduct } from '../wire/rpc-product.ts'
import { kmsParamErrors } from './errors.ts'
import { instanceOperations } from './instance-operations.ts'
import { kmsOperations } from './operations.ts'
import type { World } from '../world/world.ts'

/** KMS Secrets Manager, version 2016-01-20. */
export function kmsProduct(world: World, limits: KmsLimits, instances: readonly string[] = []): RpcProduct {
  return {
    name: 'Kms',
    version: '2016-01-20',
    xmlRoot: 'KMS',
    paramErrors: kmsParamErrors,
    expiredTimestampCode: world.assumptions.kmsExpiredTimestampCode,
    operations: { ...kmsOperations(world, limits), ...instanceOperations(instances, limits) },
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
