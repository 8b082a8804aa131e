import { Key } from '../../keyset/key.ts'
import type { LiveLimits } from './limits.ts'
import type { Operation } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import { configNotFound, noCallbackUrl } from './errors.ts'
import { domainFor, liveOperation, switchOf } from './operation.ts'

const LONGEST_KEY = 256

/** Set, Query and DeleteSnapshotCallbackAuth. */
export function authOperations(world: World, limits: LiveLimits): Record<string, Operation> {
  return {
    SetSnapshotCallbackAuth: liveOperation('SetSnapshotCallbackAuth', {
      callsPerSecond: limits.SetSnapshotCallbackAuth,
      writes: true,
      run: (params, context) => {
        const domain = domainFor(world, params, context)
        const enabled = params.choice('CallbackReqAuth', ['yes', 'no']) === 'yes'
        // The key is required even for turning authentication off.
        const key = params.required('CallbackAuthKey')
        if (key.length > LONGEST_KEY) throw params.malformed('CallbackAuthKey', 'is too long')
        if (world.assumptions.setWithoutCallbackUrl === 'refuse' && domain.callbackUrls.size === 0) {
          throw noCallbackUrl(domain.name)
        }
        world.setAuth(domain, { enabled, key: Key.of(key) })
        return {}
      },
    }),
    QuerySnapshotCallbackAuth: liveOperation('QuerySnapshotCallbackAuth', {
      callsPerSecond: limits.QuerySnapshotCallbackAuth,
      run: (params, context) => {
        const domain = domainFor(world, params, context)
        const auth = world.shown(domain).auth
        if (auth === null && world.assumptions.unconfiguredQuery === 'error')
          throw configNotFound(domain.name, world.assumptions.configNotFound)
        return {
          DomainName: domain.name,
          CallbackReqAuth: switchOf(auth),
          CallbackAuthKey: auth?.key.reveal() ?? '',
        }
      },
    }),
    DeleteSnapshotCallbackAuth: liveOperation('DeleteSnapshotCallbackAuth', {
      callsPerSecond: limits.DeleteSnapshotCallbackAuth,
      writes: true,
      run: (params, context) => {
        world.setAuth(domainFor(world, params, context), null)
        return {}
      },
    }),
  }
}
