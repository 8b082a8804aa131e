import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { languageOf } from '../../../core/language.ts'
import type { Keyset } from '../../../keyset/keyset.ts'
import type { GroupPorts } from '../../../rotation/ports.ts'
import { chosenGroups } from '../../choose-group.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { keysetOf } from '../../group-keyset.ts'
import { interruptibleOpen } from '../../interruptible.ts'
import type { Io, Result } from '../../io.ts'
import { startProgress } from '../../progress/progress.ts'
import { explainWords } from '../../words/explain-words.ts'
import { nextCommand } from '../../text/next-command.ts'
import { diagnose, type Captured, type Diagnosis, type KnownKey } from './diagnosis.ts'
import type { ExplainOptions } from './flags.ts'
import { keysIn, keysOnDomains, keysThatLeft } from './known-keys.ts'

interface GroupKeys {
  readonly group: GroupConfig
  readonly keyset: Keyset
  readonly ports: GroupPorts
}

/** Says what a captured pair of headers was signed with. Reads keysets and, if they do not explain it, more. */
export async function runExplain(options: ExplainOptions, { io, services }: CommandContext): Promise<Result> {
  const config = configurationOf(options, io)
  const groups = chosenGroups(config, options.group)
  const captured = capturedOf(options, config, groups, io)
  const progress = startProgress(io)
  try {
    const { open } = await (await services()).connect({ config, io, log: progress.log })
    const interruptible = interruptibleOpen(open, io.interrupted)
    const read = await Promise.all(
      groups.map(async (group): Promise<GroupKeys> => {
        const ports = await interruptible(group)
        return { group, ports, keyset: await keysetOf(group, ports) }
      }),
    )
    const diagnosis = await firstExplanation(captured, keySources(read, config, io))
    return {
      document: { ...diagnosis, hint: diagnosis.hint?.en ?? null },
      text: textOf(diagnosis, options, io),
      exitCode: diagnosis.verdict === 'accepted' ? 0 : 1,
    }
  } finally {
    progress.stop()
  }
}

/** Tries what is already known before it reads more. */
function keySources(
  read: readonly GroupKeys[],
  config: RotationConfig,
  io: Io,
): (() => Promise<readonly KnownKey[]>)[] {
  const all = async (keys: (one: GroupKeys) => Promise<KnownKey[]>) =>
    (await Promise.all(read.map(keys))).flat()
  return [
    () => Promise.resolve(read.flatMap(({ keyset }) => keysIn(keyset))),
    () => all(({ keyset, group }) => keysThatLeft(keyset, group, config, io)),
    () => all(({ keyset, group, ports }) => keysOnDomains(keyset, group, ports)),
  ]
}

async function firstExplanation(
  captured: Omit<Captured, 'keys'>,
  sources: readonly (() => Promise<readonly KnownKey[]>)[],
): Promise<Diagnosis> {
  let diagnosis = diagnose({ ...captured, keys: [] })
  for (const source of sources) {
    diagnosis = diagnose({ ...captured, keys: await source() })
    if (diagnosis.kid !== null) return diagnosis
  }
  return diagnosis
}

/** @throws RotatorError `usage` if no host is known. */
function capturedOf(
  { timestamp, signature, host: given = [], at }: ExplainOptions,
  config: RotationConfig,
  groups: readonly GroupConfig[],
  io: Io,
): Omit<Captured, 'keys'> {
  const hosts = given.length > 0 ? given : groups.flatMap(({ probes }) => probes)
  if (hosts.length === 0) {
    throw new RotatorError(
      'usage',
      'name the host of the callback URL with --host: there is no probe to take it from',
    )
  }
  const mistakenHosts = config.groups.flatMap((group) => [...group.probes, ...group.domains])
  return { timestamp, signature, hosts, mistakenHosts, receivedAt: at ?? io.clock.now() }
}

function textOf(diagnosis: Diagnosis, options: ExplainOptions, io: Io): string {
  const { verdict, kid, state, host, ageSeconds, hint } = diagnosis
  const language = languageOf(io.env)
  const words = explainWords[language]
  const under =
    kid === null || state === null ? [] : [words.underKey(kid, state), words.forHost(host || '""')]
  const facts = [...under, ...(ageSeconds === null ? [] : [words.age(ageSeconds)])]
  return [
    words.verdict(verdict, facts),
    ...(hint === null ? [] : [`  ${hint[language]}`]),
    ...(verdict === 'accepted' ? [] : [nextCommand([nextOf(diagnosis)], options, io)]),
  ].join('\n')
}

function nextOf({ kid, state }: Diagnosis): string {
  if (state === 'unknown') return 'reconcile'
  if (state === 'compromised' || state === 'revoked' || state === 'retired') return 'status'
  return kid === null ? 'doctor' : 'probe'
}
