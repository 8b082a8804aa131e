import type { RotationConfig, RotationRequest } from '../../../config/types.ts'
import type { Log, RotationEnvironment } from '../../../rotation/ports.ts'
import { commandLine } from '../../next/asked.ts'
import type { Progress } from '../../progress/progress.ts'
import type { ActionWords } from '../../words/action-words.ts'

export interface CutsAheadOptions {
  readonly request: RotationRequest
  readonly config: RotationConfig
  readonly open: RotationEnvironment['open']
  readonly progress: Progress
  /** The options that lead to the same configuration. */
  readonly place: readonly string[]
  readonly words: ActionWords
}

/**
 * The log of an emergency that cuts streams: while it waits for receivers, it says how many streams will be cut and how
 * to keep them. Counts them by listing the streams of the domains that the run has read; without a number if that
 * fails.
 */
export function cutsAhead({ request, config, open, progress, place, words }: CutsAheadOptions): Log {
  if (!request.emergency || request.onRunningStreams !== 'interrupt' || request.dryRun) return progress.log
  const domains = new Map<string, Set<string>>()
  const told = new Set<string>()
  return (event) => {
    progress.log(event)
    const { group } = event
    if (group === undefined) return
    if (event.event === 'observed') {
      domains.set(group, (domains.get(group) ?? new Set()).add(event.domain))
    } else if (event.event === 'waiting' && event.phase === 'publishing' && !told.has(group)) {
      told.add(group)
      void tell(group, [...(domains.get(group) ?? [])])
    } else if (event.event === 'interrupting') {
      told.add(group)
    }
  }

  async function tell(name: string, names: readonly string[]): Promise<void> {
    const streams = await countStreams(name, names).catch(() => null)
    const ms = ((streams ?? 0) * 1_000) / config.throttle.interrupt
    progress.say({ kind: 'note', text: words.cutsAhead(streams, names.length, ms) }, name)
    const group = request.group === null ? [] : ['--group', request.group]
    const keep = [
      'rotate',
      '--emergency',
      '--force',
      '--on-running-streams',
      'quarantine',
      ...group,
      ...place,
    ]
    progress.say({ kind: 'note', text: words.keepRunning(commandLine(keep)) }, name)
  }

  async function countStreams(name: string, names: readonly string[]): Promise<number> {
    const group = config.groups.find((one) => one.name === name)
    if (group === undefined) return 0
    const { live } = await open(group)
    const lists = await Promise.all(names.map((domain) => live.streams(domain)))
    return lists.flat().length
  }
}
