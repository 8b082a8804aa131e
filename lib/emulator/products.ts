import { systemClock, type Clock } from '../core/clock.ts'
import { functionApis } from './fc/api.ts'
import type { FunctionCompute } from './fc/function-compute.ts'
import { DOCUMENTED_KMS_LIMITS } from './kms/limits.ts'
import { kmsProduct } from './kms/product.ts'
import { DOCUMENTED_LIVE_LIMITS } from './live/limits.ts'
import { liveProduct } from './live/product.ts'
import type { EmulatorOptions } from './options.ts'
import { ossApi } from './oss/api.ts'
import type { Objects } from './oss/objects.ts'
import { stsProduct } from './sts/product.ts'
import { NonceMemory, type AuthenticationOptions } from './wire/authenticate.ts'
import type { CredentialStore } from './wire/credentials.ts'
import type { Api } from './wire/gateway.ts'
import { rpcApi } from './wire/rpc-api.ts'
import type { World } from './world/world.ts'

export interface ProductsOptions {
  readonly world: World
  readonly credentials: CredentialStore
  readonly functions: FunctionCompute
  readonly objects: Objects
  readonly clock: Clock
  readonly region: string
  readonly options: Pick<EmulatorOptions, 'apis' | 'kmsInstances' | 'limits' | 'roles'>
  /** Called after an operation that may have changed the world, before it is answered. */
  readonly changed: () => void
}

/** The APIs of all products, in the order in which they may claim a request. */
export function productApis(cloud: ProductsOptions): readonly Api[] {
  const { world, credentials, functions, objects, clock, region, options, changed } = cloud
  const nonces = new NonceMemory()
  const authentication = (expiredCode = 'InvalidTimeStamp.Expired'): AuthenticationOptions => ({
    credentials,
    nonces,
    now: systemClock.now(),
    accessKeyNotFoundStatus: world.assumptions.accessKeyNotFoundStatus,
    expiredCode,
  })
  const products = [
    liveProduct(world, { ...DOCUMENTED_LIVE_LIMITS, ...options.limits?.live }),
    kmsProduct(world, { ...DOCUMENTED_KMS_LIMITS, ...options.limits?.kms }, options.kmsInstances),
    stsProduct(options.roles ?? [], credentials),
  ]
  return [
    ...(options.apis ?? []),
    ...functionApis({ functions, authentication }),
    ossApi({ objects, credentials, clock, region }),
    rpcApi({
      products,
      region,
      authentication: ({ expiredTimestampCode }) => authentication(expiredTimestampCode),
      changed,
    }),
  ]
}
