import type { Params } from '../wire/params.ts'
import type { Operation, OperationContext } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import { domainNotFound } from './errors.ts'
import type { Domain } from '../world/domain.ts'

export interface OperationOptions {
  readonly callsPerSecond: number
  readonly writes?: boolean
  /** These operations can be allowed for a single domain; all others only for `*`. */
  readonly perDomain?: boolean
  run(params: Params, context: OperationContext): Readonly<Record<string, unknown>>
}

/** A Live operation. Each has its own limit, shared by an account. */
export function liveOperation(name: string, options: OperationOptions): Operation {
  return {
    limit: { bucket: `live ${name}`, calls: options.callsPerSecond, perMs: 1_000 },
    writes: options.writes ?? false,
    permissions: (params, { caller }) => [
      {
        action: `live:${name}`,
        resource:
          options.perDomain === true
            ? `acs:cdn:*:${caller.accountId}:domain/${params.required('DomainName')}`
            : '*',
      },
    ],
    run: (params, context) => options.run(params, context),
  }
}

/** The caller's streaming domain that `DomainName` names. */
export function domainFor(world: World, params: Params, { caller }: OperationContext): Domain {
  const name = params.required('DomainName')
  const domain = world.domains.get(name)
  if (domain === undefined || domain.accountId !== caller.accountId) throw domainNotFound(name)
  return domain
}

/** A configuration's switch as Live shows it; empty for one that does not exist. */
export function switchOf(config: { readonly enabled: boolean } | null): 'yes' | 'no' | '' {
  if (config === null) return ''
  return config.enabled ? 'yes' : 'no'
}
