import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { languageOf } from '../../../core/language.ts'
import type { Keyset } from '../../../keyset/keyset.ts'
import type { CommandContext } from '../../command.ts'
import { interruptibleClock, interruptibleOpen } from '../../interruptible.ts'
import type { Progress } from '../../progress/progress.ts'
import { beforeRun, keysetChanges } from './keyset-changes.ts'
import { invokeWords } from './text.ts'

const EVERY_MS = 2_000
/** The invocation goes first, as loading the KMS SDK takes this process a moment. */
const FIRST_MS = 300

export interface WatchOptions {
  readonly context: CommandContext
  readonly config: RotationConfig
  readonly group: string | undefined
  /** The run's id: what it did before the first look is shown as well. */
  readonly runId: string
  readonly progress: Progress
  /** Aborted when the function ends. */
  readonly ended: AbortSignal
}

/**
 * Shows what a run elsewhere does (staged, cut off, promoted) by polling the keysets of its groups until it ends. Never
 * throws: without permission to read them, it shows only the run's end.
 */
export async function watchKeysets({
  context,
  config,
  group,
  runId,
  progress,
  ended,
}: WatchOptions): Promise<void> {
  const { io, services } = context
  const clock = interruptibleClock(io.clock, io.interrupted)
  const groups = config.groups.filter(({ name }) => group === undefined || name === group)
  const isOver = () => ended.aborted
  try {
    await clock.sleep(FIRST_MS, ended)
    const { connect } = await services()
    const { open } = await connect({ config, io, log: () => undefined })
    await Promise.all(groups.map((one) => watchGroup(one)))

    async function watchGroup(one: GroupConfig): Promise<void> {
      const { keysets } = await interruptibleOpen(open, ended)(one)
      let before: Keyset | null = null
      let isFirst = true
      while (!isOver()) {
        const { keyset } = await keysets.load()
        if (isOver()) return
        if (isFirst) before = keyset && beforeRun(keyset, runId)
        isFirst = false
        for (const event of keysetChanges(before, keyset, one, clock.now())) progress.log(event)
        before = keyset
        await clock.sleep(EVERY_MS, ended)
      }
    }
  } catch (error) {
    if (ended.aborted || io.interrupted.aborted) return
    const code = error instanceof RotatorError ? error.code : undefined
    progress.say({ kind: 'note', text: invokeWords[languageOf(io.env)].keysetUnread(code) })
  }
}
