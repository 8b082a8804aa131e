import type { CallerIdentity } from '../../../alibaba/sts/caller-identity.ts'
import type { FunctionTarget } from '../../../alibaba/fc/invoke-target.ts'
import { isLoopback } from '../../../core/safe-address.ts'
import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import { LOCAL_ACCOUNT_ID } from '../../../emulator/local-account.ts'
import { httpProbe } from '../../../rotation/http-probe.ts'
import type { RotationEnvironment } from '../../../rotation/ports.ts'
import { chooseCredentials, groupCredentials } from '../../credentials.ts'
import { interruptibleClock } from '../../interruptible.ts'
import type { Io } from '../../io.ts'
import { accountIdIn } from '../../account-id.ts'
import { stsEndpointOf } from '../../sts-endpoint.ts'
import { checkClock, checkCredentials } from './checks/account.ts'
import { checkDomains } from './checks/domains.ts'
import { checkFunction } from './checks/function.ts'
import { checkReceivers } from './checks/receivers.ts'
import { checkSecret } from './checks/secret.ts'
import type { Check } from './check.ts'

const DEFAULT_FUNCTION = 'live-key-rotator'

export interface Examination {
  readonly config: RotationConfig
  readonly groups: readonly GroupConfig[]
  /** The named function, if any. */
  readonly functionName: string | undefined
  readonly open: RotationEnvironment['open']
  readonly io: Io
}

/** All checks, each after those that it depends on. Reads only. */
export async function examine({ config, groups, functionName, open, io }: Examination): Promise<Check[]> {
  const own = chooseCredentials(config, io)
  const { check, identity } = await checkCredentials(() => own.get(), stsEndpointOf(config, io))
  if (check.status === 'fail') return [check]
  const [clock, inGroups, inFunction] = await Promise.all([
    checkClock(config, await own.get(), () => io.clock.now()),
    Promise.all(groups.map((group) => examineGroup(group, config, open, io))),
    checkFunction(functionTarget(config, functionName, identity, io), config, functionName !== undefined),
  ])
  return [check, clock, ...inGroups.flat(), ...inFunction]
}

async function examineGroup(
  group: GroupConfig,
  config: RotationConfig,
  open: Examination['open'],
  io: Io,
): Promise<Check[]> {
  const clock = interruptibleClock(io.clock, io.interrupted)
  const patient = {
    config,
    group,
    ports: await open(group),
    credentials: groupCredentials(group, config, io),
    probe: httpProbe(clock),
    clock,
  }
  const [secret, domains] = await Promise.all([checkSecret(patient), checkDomains(patient)])
  return [...secret.checks, ...domains, ...(await checkReceivers(patient, secret.keyset))]
}

function functionTarget(
  config: RotationConfig,
  functionName: string | undefined,
  identity: CallerIdentity | null,
  io: Io,
): FunctionTarget {
  const { live } = config.endpoints
  // The local cloud serves everything at one address.
  const fc = config.endpoints.fc ?? (isLoopback(new URL(live)) ? live : null)
  const isLocal = fc !== null && isLoopback(new URL(fc))
  return {
    functionName: functionName ?? DEFAULT_FUNCTION,
    region: config.region,
    accountId: accountIdIn(io) ?? identity?.accountId ?? (isLocal ? LOCAL_ACCOUNT_ID : undefined),
    endpoint: fc,
    credentials: chooseCredentials(config, io),
    clock: interruptibleClock(io.clock, io.interrupted),
  }
}
