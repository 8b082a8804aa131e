import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import { count } from '../../../core/counts.ts'
import { RotatorError } from '../../../core/errors.ts'
import { serializeKeyset } from '../../../keyset/document.ts'
import { Key } from '../../../keyset/key.ts'
import type { ExtraFields, Keyset } from '../../../keyset/keyset.ts'
import { noticesOf } from '../../../rotation/report/notices.ts'
import { configurationOf } from '../../configuration.ts'
import { environmentOf } from '../../environment.ts'
import type { CommandContext } from '../../command.ts'
import type { Result } from '../../io.ts'
import { keysetOf } from '../../group-keyset.ts'
import { startProgress } from '../../progress/progress.ts'
import type { KeysetOptions } from './flags.ts'
import { restoreKeyset } from './restore.ts'

/** Prints a group's keyset document, its keys hidden without --reveal; or restores it. */
export async function showKeyset(options: KeysetOptions, { io, services }: CommandContext): Promise<Result> {
  const config = configurationOf(options, io)
  const group = chooseGroup(config, options.group)
  const progress = startProgress(io)
  try {
    const { connect, run } = await services()
    const { log } = progress
    const { open } = await connect({ config, io, log })
    const environment = environmentOf({ io, open, log, waitsMs: 0 })
    const yes = options.yes === true
    if (options.restore === true)
      return await restoreKeyset({ config, group, environment, run, io, yes, pause: () => progress.stop() })
    return shown(await keysetOf(group, await environment.open(group)), options.reveal === true)
  } catch (error) {
    if (!io.interrupted.aborted) throw error
    throw new RotatorError('deadline', 'stopped before the keyset was read', { cause: error })
  } finally {
    progress.stop()
  }
}

function shown(keyset: Keyset, reveal: boolean): Result {
  const document: unknown = reveal ? JSON.parse(serializeKeyset(keyset)) : hidden(keyset)
  return { document, text: JSON.stringify(document, null, 2), verbatim: true, exitCode: 0 }
}

function chooseGroup({ groups }: RotationConfig, name: string | undefined): GroupConfig {
  const names = groups.map((group) => group.name).join(', ')
  const found = groups.filter((group) => name === undefined || group.name === name)
  const [group] = found
  if (group === undefined) {
    throw new RotatorError('usage', `there is no group "${name ?? ''}"; the configuration has ${names}`)
  }
  if (found.length > 1)
    throw new RotatorError('usage', `there are several groups: name one with --group (${names})`)
  return group
}

/**
 * The document without anything that may hold a key: each key prints as `[key 0f3a…]`, and unknown fields are left out.
 */
function hidden(keyset: Keyset): unknown {
  const notices = noticesOf(keyset)
  const { notices: _, ...others } = keyset.extra
  const known: Keyset = {
    ...keyset,
    keys: keyset.keys.map((entry) => ({ ...entry, extra: marked(entry.extra) })),
    revoked: keyset.revoked.map((entry) => ({ ...entry, extra: marked(entry.extra) })),
    extra: { ...(notices.length > 0 && { notices }), ...marked(others) },
  }
  return JSON.parse(serializeKeyset(known), (name, value: unknown) =>
    name === 'key' && typeof value === 'string' ? String(Key.of(value)) : value,
  )
}

/** Hides even the names: only their writer knows what they reveal. */
function marked(extra: ExtraFields): ExtraFields {
  const fields = Object.keys(extra).length
  return fields === 0 ? {} : { leftOut: `${count(fields, 'field')} of another version: --reveal shows all` }
}
