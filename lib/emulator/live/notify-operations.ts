import { Key } from '../../keyset/key.ts'
import type { LiveLimits } from './limits.ts'
import type { Params } from '../wire/params.ts'
import type { Operation } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import type { NotifyConfig } from '../world/domain.ts'
import { configExists, configNotFound } from './errors.ts'
import { domainFor, liveOperation, switchOf } from './operation.ts'

const KEY = /^[A-Za-z0-9]{16,32}$/
const LONGEST_URL = 500

/** Add, Update, Describe and DeleteLiveSnapshotNotifyConfig: snapshot callbacks by domain, with their own key. */
export function notifyOperations(world: World, limits: LiveLimits): Record<string, Operation> {
  return {
    AddLiveSnapshotNotifyConfig: liveOperation('AddLiveSnapshotNotifyConfig', {
      callsPerSecond: limits.AddLiveSnapshotNotifyConfig,
      writes: true,
      perDomain: true,
      run: (params, context) => {
        const domain = domainFor(world, params, context)
        params.required('NotifyUrl')
        if (domain.notify !== null) throw configExists(domain.name)
        world.setNotify(domain, configOf(params, null))
        return {}
      },
    }),
    UpdateLiveSnapshotNotifyConfig: liveOperation('UpdateLiveSnapshotNotifyConfig', {
      callsPerSecond: limits.UpdateLiveSnapshotNotifyConfig,
      writes: true,
      perDomain: true,
      run: (params, context) => {
        const domain = domainFor(world, params, context)
        if (domain.notify === null) throw configNotFound(domain.name, world.assumptions.configNotFound)
        world.setNotify(domain, configOf(params, domain.notify))
        return {}
      },
    }),
    DescribeLiveSnapshotNotifyConfig: liveOperation('DescribeLiveSnapshotNotifyConfig', {
      callsPerSecond: limits.DescribeLiveSnapshotNotifyConfig,
      perDomain: true,
      run: (params, context) => {
        const domain = domainFor(world, params, context)
        const notify = world.shown(domain).notify
        if (notify === null && world.assumptions.unconfiguredNotifyConfig === 'error') {
          throw configNotFound(domain.name, world.assumptions.configNotFound)
        }
        return {
          DomainName: domain.name,
          NotifyUrl: notify?.url ?? '',
          NotifyReqAuth: switchOf(notify),
          NotifyAuthKey: notify?.key?.reveal() ?? '',
        }
      },
    }),
    DeleteLiveSnapshotNotifyConfig: liveOperation('DeleteLiveSnapshotNotifyConfig', {
      callsPerSecond: limits.DeleteLiveSnapshotNotifyConfig,
      writes: true,
      run: (params, context) => {
        world.setNotify(domainFor(world, params, context), null)
        return {}
      },
    }),
  }
}

/** An update keeps what it does not name. */
function configOf(params: Params, before: NotifyConfig | null): NotifyConfig {
  const url = params.optional('NotifyUrl') ?? before?.url ?? params.required('NotifyUrl')
  if (url.length > LONGEST_URL || !URL.canParse(url))
    throw params.malformed('NotifyUrl', 'is not a valid URL')
  const enabled =
    params.choice('NotifyReqAuth', ['yes', 'no'], before?.enabled === true ? 'yes' : 'no') === 'yes'
  const text = params.optional('NotifyAuthKey')
  if (text !== null && !KEY.test(text)) {
    throw params.malformed('NotifyAuthKey', 'must have 16 to 32 letters and digits')
  }
  const key = text === null ? (before?.key ?? null) : Key.of(text)
  if (enabled && key === null) params.required('NotifyAuthKey')
  return { url, enabled, key }
}
