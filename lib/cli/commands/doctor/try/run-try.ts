import type { RotationConfig } from '../../../../config/types.ts'
import { RotatorError } from '../../../../core/errors.ts'
import { writeAssumptions } from '../../../../emulator/assumptions-file.ts'
import type { Assumptions } from '../../../../emulator/assumptions.ts'
import { askYesNo, canAsk } from '../../../ask.ts'
import { chooseCredentials } from '../../../credentials.ts'
import { interruptibleClock } from '../../../interruptible.ts'
import type { Io } from '../../../io.ts'
import { startProgress } from '../../../progress/progress.ts'
import type { DoctorOptions } from '../flags.ts'
import { Laboratory, unanswered, type Measured } from './laboratory.ts'
import { measureGateway } from './measure-gateway.ts'
import { measureKms } from './measure-kms.ts'
import { measureLive } from './measure-live.ts'

/** What is given up to be measured on. */
export interface GivenUp {
  readonly domain: string
  readonly secret: string
}

export interface Trial {
  readonly measured: readonly Measured[]
  readonly assumptions: Partial<Assumptions>
  /** Where they were written. */
  readonly file: string
}

/**
 * What the options give up; null for nothing.
 *
 * @throws RotatorError `usage` for half of it, and for what is configured.
 */
export function givenUp(
  { try: domain, trySecret: secret }: DoctorOptions,
  config: RotationConfig,
): GivenUp | null {
  if (domain === undefined && secret === undefined) return null
  if (!domain || !secret) {
    throw new RotatorError('usage', '--try and --try-secret go together: a domain and a secret are given up')
  }
  const name = domain.toLowerCase()
  const inUse = config.groups.find(
    ({ domains, discover }) =>
      domains.includes(name) || (discover !== null && name.endsWith(discover.suffix)),
  )
  if (inUse !== undefined) {
    throw new RotatorError(
      'usage',
      `domain ${name} is of group ${inUse.name}: give up one that is in no group`,
    )
  }
  const holder = config.groups.find((group) => group.secret === secret)
  if (holder !== undefined) {
    throw new RotatorError(
      'usage',
      `secret ${secret} is of group ${holder.name}: give up one that is in no group`,
    )
  }
  return { domain: name, secret }
}

/** @throws RotatorError `usage` where nobody agreed. */
export async function agreed({ domain, secret }: GivenUp, { yes }: DoctorOptions, io: Io): Promise<void> {
  if (yes === true) return
  const message = `Change the callback keys of ${domain} and the versions of secret ${secret}, and leave them so?`
  if (canAsk(io) && (await askYesNo(io, message, false))) return
  throw new RotatorError('usage', `nothing was tried: --yes agrees to give up ${domain} and secret ${secret}`)
}

const MEASUREMENTS = [
  ['the gateway', measureGateway],
  ['Live', measureLive],
  ['KMS', measureKms],
] as const

/** Measures, and writes what the emulator takes. */
export async function runTry(
  { domain, secret }: GivenUp,
  { assumptions: file }: DoctorOptions,
  config: RotationConfig,
  io: Io,
): Promise<Trial> {
  const credentials = await chooseCredentials(config, io).get()
  const clock = interruptibleClock(io.clock, io.interrupted)
  const lab = new Laboratory({ domain, secret, config, clock, credentials })
  const progress = startProgress(io)
  const measured: Measured[] = []
  try {
    for (const [what, measure] of MEASUREMENTS) {
      progress.say({ kind: 'note', text: `measuring ${what}` })
      measured.push(...(await orNotMeasured(what, () => measure(lab))))
    }
  } finally {
    progress.stop()
  }
  const assumptions = measured.reduce<Partial<Assumptions>>(
    (all, one) => ({ ...all, ...one.assumptions }),
    {},
  )
  writeAssumptions(file, assumptions)
  return { measured, assumptions, file }
}

/** A server that cannot be reached answers no question; the others may be answered all the same. */
async function orNotMeasured(what: string, measure: () => Promise<Measured[]>): Promise<Measured[]> {
  try {
    return await measure()
  } catch (error) {
    if (!(error instanceof RotatorError) || error.code === 'deadline') throw error
    return [unanswered(`everything about ${what}`, error.message)]
  }
}
