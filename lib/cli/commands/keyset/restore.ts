import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { InvalidKeyset, LostKeyset } from '../../../keyset/invalid.ts'
import type { Keyset } from '../../../keyset/keyset.ts'
import type { GroupPorts, KeysetStore, RotationEnvironment } from '../../../rotation/ports.ts'
import { Ledger } from '../../../rotation/state/ledger.ts'
import { askYesNo, canAsk } from '../../ask.ts'
import type { Io, Result } from '../../io.ts'
import type { Services } from '../../services.ts'
import { languageOf } from '../../../core/language.ts'
import { commandWords, type CommandWords } from '../../words/command-words.ts'
import { nextLine } from '../../text/next-line.ts'

export interface RestoreOptions {
  readonly config: RotationConfig
  readonly group: GroupConfig
  readonly environment: RotationEnvironment
  readonly run: Services['run']
  readonly io: Io
  /** Do not ask. */
  readonly yes: boolean
  /** Clears the progress display for a question. */
  readonly pause: () => void
}

/**
 * If the newest document is invalid, saves the newest valid one again with the next number and a new lineage. If none
 * is valid, starts a first one with the keys that the domains are set to. Asks first.
 *
 * @throws RotatorError `usage` if there is nobody to ask; `keyset` for a document of another format or group, or a
 *   secret that holds something else.
 */
export async function restoreKeyset(options: RestoreOptions): Promise<Result> {
  const { group, environment, io } = options
  const language = languageOf(io.env)
  const words = commandWords[language]
  const { keysets } = await environment.open(group)
  const ledger = new Ledger({ store: keysets, group, clock: io.clock, log: environment.log })
  const problem = await problemWith(ledger)
  if (problem === undefined) {
    const revision = ledger.keyset?.revision ?? null
    const text = words.keysetValid(group.name, revision)
    return { document: { restored: false, group: group.name, revision }, text, exitCode: 0 }
  }
  await ledger.recover()
  const source = (said: CommandWords): string =>
    hasKeys(ledger.keyset)
      ? said.restoreSource(ledger.keyset.updatedAt, ledger.keyset.keys.length)
      : said.restoreSource(null, 0)
  await confirm((said) => said.restoreAsk(problem.message, source(said)), options)
  const revision = await save(ledger, options)
  return {
    document: { restored: true, group: group.name, revision, problem: problem.message },
    text:
      `${words.restored(group.name, revision, source(words))}\n` +
      nextLine(`live-key-rotator reconcile --group ${group.name}`, language),
    exitCode: 0,
  }
}

/** Why a restore is needed; undefined if it is not. Throws any other error. */
async function problemWith(ledger: Ledger): Promise<RotatorError | undefined> {
  try {
    await ledger.load()
    return undefined
  } catch (error) {
    if (canRecover(error)) return error
    throw error
  }
}

function canRecover(error: unknown): error is RotatorError {
  return error instanceof InvalidKeyset || error instanceof LostKeyset
}

function hasKeys(keyset: Keyset | null): keyset is Keyset {
  return keyset !== null && keyset.keys.length > 0
}

async function confirm(
  plan: (words: CommandWords) => string,
  { io, yes, pause }: RestoreOptions,
): Promise<void> {
  if (yes) return
  if (!canAsk(io))
    throw new RotatorError('usage', `${plan(commandWords.en)}. To do so, add --yes: there is nobody to ask`)
  pause()
  const words = commandWords[languageOf(io.env)]
  if (!(await askYesNo(io, `${plan(words)}${words.saveSo}`, false)))
    throw new RotatorError('usage', 'nothing was changed, because the answer was no')
}

/**
 * A document without keys would make receivers refuse everything, so a first one starts with the keys that the domains
 * are set to.
 */
async function save(ledger: Ledger, options: RestoreOptions): Promise<number> {
  const { config, group, environment, run } = options
  if (hasKeys(ledger.keyset)) {
    await ledger.bringForward()
    return ledger.keyset.revision
  }
  const open = async (wanted: GroupConfig): Promise<GroupPorts> => {
    const ports = await environment.open(wanted)
    return { ...ports, keysets: recovering(ports.keysets) }
  }
  const request = {
    action: 'reconcile',
    group: group.name,
    emergency: false,
    onRunningStreams: 'quarantine',
    leaked: [],
    force: false,
    dryRun: false,
    reason: 'keyset --restore',
    id: null,
  } as const
  const report = await run(request, config, { ...environment, open })
  const [outcome] = report.groups
  if (typeof outcome?.revision === 'number') return outcome.revision
  throw new RotatorError('keyset', outcome?.error?.message ?? 'a new keyset could not be started')
}

/** Continues from what can be recovered until a valid document is saved. */
function recovering(keysets: KeysetStore): KeysetStore {
  return {
    load: async () => {
      try {
        return await keysets.load()
      } catch (error) {
        if (canRecover(error)) return keysets.recover()
        throw error
      }
    },
    recover: () => keysets.recover(),
    save: (...args) => keysets.save(...args),
    isListed: () => keysets.isListed(),
    moveCurrentForward: () => keysets.moveCurrentForward(),
  }
}
