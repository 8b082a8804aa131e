import type { RotationConfig } from '../../../config/types.ts'
import { count, number } from '../../../core/counts.ts'
import { languageOf } from '../../../core/language.ts'
import { hasCode } from '../../../core/errors.ts'
import { chosenGroups } from '../../choose-group.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { interruptibleOpen } from '../../interruptible.ts'
import type { Result } from '../../io.ts'
import { given } from '../../next/asked.ts'
import { CommandError } from '../../next/command-error.ts'
import { startProgress } from '../../progress/progress.ts'
import { styleOf } from '../../style.ts'
import { nextCommand } from '../../text/next-command.ts'
import { doctorWords } from '../../words/doctor-words.ts'
import { inBoth, say, type Said } from '../../words/said.ts'
import { documentOf, fail, ok, type Check } from './check.ts'
import { doctorText } from './doctor-text.ts'
import { examine } from './examine.ts'
import type { DoctorOptions } from './flags.ts'
import { givenUp } from './try/given-up.ts'
import { agreed, runTry } from './try/run-try.ts'
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
    document: {
      ok: isWell,
      checks: checks.map(documentOf),
      ...(trial !== null && { assumptions: trial.assumptions }),
    },
    text: [
      doctorText(checks, style),
      ...(trial === null ? [] : ['', trialText(trial, style)]),
      read.isAbsent ? nextCommand(['init'], {}, io) : nextCommand(nextOf(checks, options), options, io),
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
  progress.say({ kind: 'note', text: doctorWords[languageOf(io.env)].looking(groups.length) })
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

/** An invalid configuration is a finding of doctor, not wrong use of it. */
function readConfiguration(
  options: DoctorOptions,
  { io }: CommandContext,
): { readonly check: Check; readonly config: RotationConfig | null; readonly isAbsent: boolean } {
  const path = options.config ?? (io.env['ROTATOR_CONFIG'] || 'rotation.yaml')
  try {
    const config = configurationOf(options, io)
    return { config, check: ok('configuration', path, sizeOf(config)), isAbsent: false }
  } catch (error) {
    if (!hasCode(error, 'config')) throw error
    const isAbsent = error instanceof CommandError
    const fix = isAbsent
      ? say('write one: live-key-rotator init', '新写一个：live-key-rotator init')
      : say('correct it', '请更正')
    return { config: null, check: fail('configuration', path, inBoth(error.message), fix), isAbsent }
  }
}

function sizeOf({ groups, region }: RotationConfig): Said {
  const named = groups.reduce((sum, { domains }) => sum + domains.length, 0)
  const suffixes = groups.flatMap(({ discover }) => (discover === null ? [] : [discover.suffix]))
  const [english, chinese] = [suffixes.join(', '), suffixes.join('、')]
  return say(
    [
      count(groups.length, 'group'),
      ...(named > 0 ? [`${count(named, 'domain')} named`] : []),
      ...(suffixes.length > 0 ? [`all domains that end with ${english}`] : []),
      `region ${region}`,
    ].join(', '),
    [
      `${number(groups.length)} 个组`,
      ...(named > 0 ? [`列出 ${number(named)} 个域名`] : []),
      ...(suffixes.length > 0 ? [`以 ${chinese} 结尾的全部域名`] : []),
      `地域 ${region}`,
    ].join('，'),
  )
}

/** What to type after all checks. */
function nextOf(checks: readonly Check[], { group, function: name }: DoctorOptions): string[] {
  const failed = checks.filter(({ status }) => status === 'fail')
  if (failed.some(({ id, fix }) => id === 'kms.secret' && fix?.en.includes('reconcile') === true)) {
    return ['reconcile', ...given({ group })]
  }
  return failed.length > 0 ? ['doctor', ...given({ group, function: name })] : ['plan', ...given({ group })]
}
