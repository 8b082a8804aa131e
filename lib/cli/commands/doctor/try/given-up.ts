import type { RotationConfig } from '../../../../config/types.ts'
import { RotatorError } from '../../../../core/errors.ts'
import type { DoctorOptions } from '../flags.ts'
import type { Address } from './listener.ts'

/** What is given up for measurements. */
export interface GivenUp {
  readonly domain: string
  readonly secret: string
  /** The ARN of a role that may be assumed; null for none. */
  readonly role: string | null
  /** Whether the account's rate of one operation may be used up for some seconds. */
  readonly mayBurst: boolean
  /** Where callbacks arrive, and how the cloud reaches that; null for nowhere. */
  readonly reception: { readonly address: Address; readonly url: URL } | null
}

/**
 * What the options give up; null for nothing.
 *
 * @throws RotatorError `usage` for an incomplete choice, or for something that is configured.
 */
export function givenUp(options: DoctorOptions, config: RotationConfig): GivenUp | null {
  const { try: domain, trySecret: secret, tryRole: role = null, tryBurst: mayBurst = false } = options
  if (domain === undefined && secret === undefined) {
    const { tryListen, tryUrl } = options
    if (!mayBurst && role === null && tryListen === undefined && tryUrl === undefined) return null
    throw usage('--try-burst, --try-role, --try-listen and --try-url go only with --try and --try-secret')
  }
  if (!domain || !secret) {
    throw usage('--try and --try-secret go together: a domain and a secret are given up')
  }
  const name = domain.toLowerCase()
  refuseConfigured(name, secret, config)
  return { domain: name, secret, role, mayBurst, reception: receptionOf(options) }
}

function refuseConfigured(name: string, secret: string, { groups }: RotationConfig): void {
  const inUse = groups.find(
    ({ domains, discover }) =>
      domains.includes(name) || (discover !== null && name.endsWith(discover.suffix)),
  )
  if (inUse !== undefined) {
    throw usage(`domain ${name} is of group ${inUse.name}: give up one that is in no group`)
  }
  const holder = groups.find((group) => group.secret === secret)
  if (holder !== undefined) {
    throw usage(`secret ${secret} is of group ${holder.name}: give up one that is in no group`)
  }
}

function receptionOf({ tryListen: address, tryUrl: text }: DoctorOptions): GivenUp['reception'] {
  if (address === undefined && text === undefined) return null
  if (address === undefined || text === undefined) {
    throw usage('--try-listen and --try-url go together: the cloud sends callbacks to that URL')
  }
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw usage('--try-url must be an http or https URL')
  }
  return { address, url: new URL(text) }
}

function usage(message: string): RotatorError {
  return new RotatorError('usage', message)
}
