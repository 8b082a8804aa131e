import { ApiError } from '../wire/api-error.ts'
import type { Assumptions } from '../assumptions.ts'
import type { KmsLimits } from '../wire/limits.ts'
import type { RpcProduct } from '../wire/rpc-product.ts'
import { kmsParamErrors } from './errors.ts'
import { kmsOperations } from './operations.ts'
import type { Secrets } from '../world/secrets.ts'

/** KMS Secrets Manager, version 2016-01-20. */
export function kmsProduct(secrets: Secrets, limits: KmsLimits, assumptions: Assumptions): RpcProduct {
  return {
    name: 'Kms',
    version: '2016-01-20',
    xmlRoot: 'KMS',
    paramErrors: kmsParamErrors,
    expiredTimestampCode: assumptions.kmsExpiredTimestampCode,
    operations: kmsOperations(secrets, limits, assumptions),
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
