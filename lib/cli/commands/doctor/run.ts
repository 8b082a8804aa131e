import type { RotationConfig } from '../../../config/types.ts'
import { count } from '../../../core/counts.ts'
import { hasCode } from '../../../core/errors.ts'
import { chosenGroups } from '../../choose-group.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { interruptibleOpen } from '../../interruptible.ts'
import type { Result } from '../../io.ts'
import { startProgress } from '../../progress/progress.ts'
import { styleOf } from '../../style.ts'
import { nextCommand } from '../../text/next-command.ts'
import { fail, ok, type Check } from './check.ts'
import { doctorText } from './doctor-text.ts'
import { examine } from './examine.ts'
import type { DoctorOptions } from './flags.ts'
import { agreed, givenUp, runTry } from './try/run-try.ts'
import { trialText } from './try/trial-text.ts'

/** Looks at everything that a rotation needs. */
export async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<Result> {
  const { io } = context
  const read = readConfiguration(options, context)
  const up = read.config === null ? null : givenUp(options, read.config)
  if (up !== null) await agreed(up, options, io)
  const checks = [read.check, ...(read.config === null ? [] : await look(options, read.config, context))]
  const trial = up === null || read.config === null ? null : await runTry(up, options, read.config, io)
  const isWell = checks.every(({ status }) => status !== 'fail')
  const style = styleOf(io.stdout, io.env)
  return {
    document: { ok: isWell, checks, ...(trial !== null && { assumptions: trial.assumptions }) },
    text: [
      doctorText(checks, style),
      ...(trial === null ? [] : ['', trialText(trial, style)]),
      nextCommand([nextOf(checks)], options, io),
    ].join('\n'),
    exitCode: isWell ? 0 : 1,
  }
}

async function look(
  options: DoctorOptions,
  config: RotationConfig,
  { io, services }: CommandContext,
): Promise<Check[]> {
  const groups = chosenGroups(config, options.group)
  const progress = startProgress(io)
  progress.say({ kind: 'note', text: `looking at ${count(groups.length, 'group')}; nothing is changed` })
  try {
    const { open } = await (await services()).connect({ config, io, log: progress.log })
    return await examine({
      config,
      groups,
      functionName: options.function,
      open: interruptibleOpen(open, io.interrupted),
      io,
    })
  } finally {
    progress.stop()
  }
}

/** A configuration that is refused is what doctor found, and no wrong use of it. */
function readConfiguration(
  options: DoctorOptions,
  { io }: CommandContext,
): { readonly check: Check; readonly config: RotationConfig | null } {
  const path = options.config ?? (io.env['ROTATOR_CONFIG'] || 'rotation.yaml')
  try {
    const config = configurationOf(options, io)
    const domains = config.groups.reduce((sum, group) => sum + group.domains.length, 0)
    const size = `${count(config.groups.length, 'group')}, ${count(domains, 'domain')} named`
    return { config, check: ok('configuration', path, `${size}, region ${config.region}`) }
  } catch (error) {
    if (!hasCode(error, 'config')) throw error
    const check = fail(
      'configuration',
      path,
      error.message,
      'correct it, or write one: live-key-rotator init',
    )
    return { config: null, check }
  }
}

/** What to type when everything was looked at. */
function nextOf(checks: readonly Check[]): string {
  const failed = checks.filter(({ status }) => status === 'fail')
  if (failed.some(({ id }) => id === 'configuration')) return 'init'
  if (failed.some(({ id, fix }) => id === 'kms.secret' && fix?.includes('reconcile') === true)) {
    return 'reconcile'
  }
  return failed.length > 0 ? 'doctor' : 'plan'
}
