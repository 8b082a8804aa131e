import type { FunctionTarget } from '../../../alibaba/fc/invoke-target.ts'
import { isLoopback } from '../../../core/safe-address.ts'
import type { RotationConfig } from '../../../config/types.ts'
import { LOCAL_ACCOUNT_ID } from '../../../emulator/local-account.ts'
import { chooseCredentials } from '../../credentials.ts'
import { interruptibleClock } from '../../interruptible.ts'
import type { Io } from '../../io.ts'
import { given } from '../../next/asked.ts'
import { accountIdIn } from '../../account-id.ts'
import { requestOf } from '../actions/request.ts'
import type { InvokeOptions } from './flags.ts'

const DEFAULT_FUNCTION = 'live-key-rotator'

/** The function that the options name. */
export function targetOf(options: InvokeOptions, config: RotationConfig, io: Io): FunctionTarget {
  const { fc } = config.endpoints
  // The server to be called decides which credentials are needed.
  const servers = fc === null ? config : { ...config, endpoints: { live: fc, kms: fc, fc } }
  const isLocal = fc !== null && isLoopback(new URL(fc))
  return {
    functionName: options.function ?? DEFAULT_FUNCTION,
    service: options.service,
    qualifier: options.qualifier,
    region: config.region,
    accountId: options.accountId ?? accountIdIn(io) ?? (isLocal ? LOCAL_ACCOUNT_ID : undefined),
    endpoint: fc,
    credentials: chooseCredentials(servers, io),
    clock: interruptibleClock(io.clock, io.interrupted),
  }
}

/** The event of a run. Absent fields keep the function's defaults. */
export function eventOf(options: InvokeOptions, runId: string): { readonly id: string } {
  const request = requestOf(options.action, { ...options, id: options.id ?? runId })
  const fields = Object.entries(request).filter(([, value]) => value !== null)
  return { ...Object.fromEntries(fields), id: request.id ?? runId }
}

/** The options that lead to the same function. */
export function placeOf({ function: name, service, qualifier, accountId }: InvokeOptions): string[] {
  return given({ function: name, service, qualifier, 'account-id': accountId })
}
