import type { LiveLimits } from './limits.ts'
import type { Params } from '../wire/params.ts'
import type { Operation, OperationContext } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import { domainNotFound } from './errors.ts'
import { liveOperation } from './operation.ts'

/** What "six months" means here. */
const HALF_A_YEAR_MS = 182 * 86_400_000

/** ForbidLiveStream and ResumeLiveStream. */
export function interruptOperations(world: World, limits: LiveLimits): Record<string, Operation> {
  return {
    ForbidLiveStream: liveOperation('ForbidLiveStream', {
      callsPerSecond: limits.ForbidLiveStream,
      writes: true,
      run: (params, context) => {
        const address = addressOf(world, params, context)
        const oneshot = params.choice('Oneshot', ['yes', 'no'], 'no') === 'yes'
        const now = world.now()
        if (!oneshot) {
          const resume = params.optional('ResumeTime')
          const until = resume === null ? now + HALF_A_YEAR_MS : Date.parse(resume)
          if (Number.isNaN(until)) throw params.malformed('ResumeTime', 'must look like 2026-11-24T08:00:00Z')
          world.streams.block(address.domain, address.app, address.name, until)
        }
        // Cutting a stream that is not online has no effect; no error code is documented.
        const stream = world.streams.online(address.domain, address.app, address.name, address.domains)
        if (stream !== undefined) world.streams.cut(stream, now)
        return {}
      },
    }),
    ResumeLiveStream: liveOperation('ResumeLiveStream', {
      callsPerSecond: limits.ResumeLiveStream,
      writes: true,
      perDomain: true,
      run: (params, context) => {
        const { domain, app, name, domains } = addressOf(world, params, context)
        world.streams.blocked.delete(`${domain}/${app}/${name}`)
        for (const streaming of domains) {
          const stream = world.streams.get(`${streaming}/${app}/${name}`)
          if (stream !== undefined && stream.push === null) world.streams.cut(stream, world.now())
        }
        return {}
      },
    }),
  }
}

interface Address {
  readonly domain: string
  readonly app: string
  readonly name: string
  /** The streaming domains that this ingest domain serves. */
  readonly domains: readonly string[]
}

/** These operations expect the ingest domain; a streaming domain works only if streams are pushed to it. */
function addressOf(world: World, params: Params, { caller }: OperationContext): Address {
  const domain = params.required('DomainName')
  const app = params.required('AppName')
  const name = params.required('StreamName')
  params.choice('LiveStreamType', ['publisher'])
  const domains = world
    .domainsPushedTo(domain)
    .filter(({ accountId }) => accountId === caller.accountId)
    .map((owned) => owned.name)
  if (domains.length === 0) throw domainNotFound(domain)
  return { domain, app, name, domains }
}
