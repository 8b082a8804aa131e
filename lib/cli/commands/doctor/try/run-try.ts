import type { RotationConfig } from '../../../../config/types.ts'
import { RotatorError } from '../../../../core/errors.ts'
import { languageOf } from '../../../../core/language.ts'
import { writeAssumptions } from '../../../../emulator/assumptions-file.ts'
import type { Assumptions } from '../../../../emulator/assumptions.ts'
import { askYesNo, canAsk } from '../../../ask.ts'
import { chooseCredentials } from '../../../credentials.ts'
import { interruptibleClock } from '../../../interruptible.ts'
import type { Io } from '../../../io.ts'
import { startProgress } from '../../../progress/progress.ts'
import { stsEndpointOf } from '../../../sts-endpoint.ts'
import { doctorWords } from '../../../words/doctor-words.ts'
import { inBoth, say, type Said } from '../../../words/said.ts'
import type { DoctorOptions } from '../flags.ts'
import type { GivenUp } from './given-up.ts'
import { Laboratory, unanswered, type Measured } from './laboratory.ts'
import { Listener } from './listener.ts'
import { measureCallbacks } from './measure-callbacks.ts'
import { measureGateway } from './measure-gateway.ts'
import { measureKms } from './measure-kms.ts'
import { measureLive } from './measure-live.ts'
import { measureRate } from './measure-rate.ts'

export interface Trial {
  readonly measured: readonly Measured[]
  readonly assumptions: Partial<Assumptions>
  /** The file that they were written to. */
  readonly file: string
}

/** @throws RotatorError `usage` if nobody agreed. */
export async function agreed(up: GivenUp, { yes }: DoctorOptions, io: Io): Promise<void> {
  if (yes === true) return
  const { domain, secret } = up
  if (canAsk(io) && (await askYesNo(io, doctorWords[languageOf(io.env)].agree(up), false))) return
  throw new RotatorError('usage', `nothing was tried: --yes agrees to give up ${domain} and secret ${secret}`)
}

const MEASUREMENTS = [
  [say('the gateway', '网关'), measureGateway],
  [say('Live', '视频直播'), measureLive],
  [say('rates', '调用频率'), measureRate],
  [say('callbacks', '回调'), measureCallbacks],
  [say('KMS', 'KMS'), measureKms],
] as const

/** Measures, and writes the emulator's assumptions. */
export async function runTry(
  up: GivenUp,
  { assumptions: file }: DoctorOptions,
  config: RotationConfig,
  io: Io,
): Promise<Trial> {
  const credentials = await chooseCredentials(config, io).get()
  const clock = interruptibleClock(io.clock, io.interrupted)
  const language = languageOf(io.env)
  const listener = up.reception === null ? null : await Listener.open(up.reception.address, up.reception.url)
  const progress = startProgress(io)
  const tell = (what: Said): void => progress.say({ kind: 'note', text: what[language] })
  const stsEndpoint = stsEndpointOf(config, io)
  const lab = new Laboratory({ ...up, listener, config, stsEndpoint, clock, credentials, tell })
  const measured: Measured[] = []
  try {
    for (const [what, measure] of MEASUREMENTS) {
      tell(say(`measuring ${what.en}`, `正在测量：${what.zh}`))
      measured.push(...(await orNotMeasured(what, () => measure(lab))))
    }
  } finally {
    progress.stop()
    await listener?.close()
  }
  const assumptions = measured.reduce<Partial<Assumptions>>(
    (all, one) => ({ ...all, ...one.assumptions }),
    {},
  )
  writeAssumptions(file, assumptions)
  return { measured, assumptions, file }
}

/** An unreachable server answers no question; the others may still be answered. */
async function orNotMeasured(what: Said, measure: () => Promise<Measured[]>): Promise<Measured[]> {
  try {
    return await measure()
  } catch (error) {
    if (!(error instanceof RotatorError) || error.code === 'deadline') throw error
    const question = say(`everything about ${what.en}`, `${what.zh} 的全部问题`)
    return [unanswered(question, inBoth(error.message))]
  }
}
