import { ApiError } from '../wire/api-error.ts'
import { gatewayErrorBody } from '../wire/gateway-error.ts'
import type { RpcProduct } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import { authOperations } from './auth-operations.ts'
import { liveParamErrors } from './errors.ts'
import type { LiveLimits } from './limits.ts'
import { interruptOperations } from './interrupt-operations.ts'
import { listOperations } from './list-operations.ts'
import { notifyOperations } from './notify-operations.ts'
import { templateOperations } from './template-operations.ts'

/** ApsaraVideo Live, version 2016-11-01. */
export function liveProduct(world: World, limits: LiveLimits): RpcProduct {
  return {
    name: 'Live',
    version: '2016-11-01',
    xmlRoot: null,
    paramErrors: liveParamErrors,
    targetParameter: 'DomainName',
    expiredTimestampCode: 'InvalidTimeStamp.Expired',
    operations: {
      ...authOperations(world, limits),
      ...notifyOperations(world, limits),
      ...templateOperations(world, limits),
      ...listOperations(world, limits),
      ...interruptOperations(world, limits),
    },
    throttled: () => new ApiError(400, 'Throttling.User', 'Request was denied due to user flow control.'),
    denied: (details) =>
      new ApiError(
        403,
        'Forbidden.RAM',
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
        details,
      ),
    errorBody: gatewayErrorBody,
  }
}
