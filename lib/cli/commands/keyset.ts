import { loadConfig } from '../../config/load.ts'
import type { GroupConfig, RotationConfig } from '../../config/types.ts'
import { RotatorError } from '../../errors.ts'
import { serializeKeyset } from '../../keyset/document.ts'
import type { Keyset } from '../../keyset/keyset.ts'
import type { GlobalOptions, Io, Result } from '../io.ts'
import { startProgress } from '../progress/progress.ts'
import type { Services } from '../services.ts'

export interface KeysetOptions extends GlobalOptions {
  readonly group?: string
  readonly reveal?: boolean
}

/** Prints a group's keyset document, its keys hidden unless they are asked for. */
export async function showKeyset(options: KeysetOptions, io: Io, services: Services): Promise<Result> {
  const config = loadConfig({ env: io.env, ...(options.config !== undefined && { path: options.config }) })
  const group = chooseGroup(config, options.group)
  const progress = startProgress(io)
  let keyset: Keyset | null
  try {
    const { open } = await services.connect({ config, io, log: progress.log })
    const { keysets } = await open(group)
    keyset = (await keysets.load()).keyset
  } finally {
    progress.stop()
  }
  if (keyset === null) {
    throw new RotatorError(
      'noKeyset',
      `group ${group.name} has no keyset in secret ${group.secret} yet: the first rotate or reconcile makes it`,
    )
  }
  const document = documentOf(keyset, options.reveal === true)
  return { document, text: JSON.stringify(document, null, 2), exitCode: 0 }
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

/** The document as it is stored; without `reveal` each key shows as `[key 0f3a…]`. */
function documentOf(keyset: Keyset, reveal: boolean): unknown {
  const keys = new Map(keyset.keys.map(({ kid, key }) => [kid, key]))
  return JSON.parse(serializeKeyset(keyset), (name, value: unknown) => {
    if (name !== 'keys' || reveal || !Array.isArray(value)) return value
    return value.map((entry: { kid: string }) => ({ ...entry, key: String(keys.get(entry.kid)) }))
  }) as unknown
}
