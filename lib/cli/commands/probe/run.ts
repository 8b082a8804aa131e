import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { languageOf } from '../../../core/language.ts'
import {
  currentKey,
  findKey,
  pendingKey,
  targetKey,
  type KeyEntry,
  type Keyset,
} from '../../../keyset/keyset.ts'
import { httpProbe } from '../../../rotation/http-probe.ts'
import type { GroupPorts } from '../../../rotation/ports.ts'
import { chosenGroups } from '../../choose-group.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { keysetOf } from '../../group-keyset.ts'
import { interruptibleClock, interruptibleOpen } from '../../interruptible.ts'
import type { Io, Result } from '../../io.ts'
import { startProgress } from '../../progress/progress.ts'
import { shownUrl } from '../../text/shown-url.ts'
import { nextCommand } from '../../text/next-command.ts'
import { probeWords, type ProbeWords } from '../../words/probe-words.ts'
import { askReceiver, type ReceiverAnswer } from './ask-receiver.ts'
import type { ProbeOptions } from './flags.ts'

/** What was asked about one group's receivers. */
interface Asked {
  readonly keyset: Keyset
  readonly entry: KeyEntry
  readonly answers: readonly ReceiverAnswer[]
}

/** Asks receivers whether they accept a key. Reads the keyset, and changes nothing. */
export async function runProbe(
  options: ProbeOptions,
  { io, services }: CommandContext,
  given: readonly string[],
): Promise<Result> {
  const config = configurationOf(options, io)
  const targets = targetsOf(config, options, given)
  const progress = startProgress(io)
  try {
    const { open } = await (await services()).connect({ config, io, log: progress.log })
    const ports = interruptibleOpen(open, io.interrupted)
    const asked = await Promise.all(
      targets.map(async ({ group, urls }) => ask(group, urls, options.key, await ports(group), io)),
    )
    return resultOf(asked, options, io)
  } finally {
    progress.stop()
  }
}

interface Target {
  readonly group: GroupConfig
  readonly urls: readonly string[]
}

/** @throws RotatorError `usage` */
function targetsOf(
  config: RotationConfig,
  { group: name }: ProbeOptions,
  given: readonly string[],
): Target[] {
  const groups = chosenGroups(config, name)
  if (given.length === 0) {
    const targets = groups
      .map((group) => ({ group, urls: group.probes }))
      .filter(({ urls }) => urls.length > 0)
    if (targets.length > 0) return targets
    throw new RotatorError(
      'usage',
      'there are no probes in the configuration: name the URLs of the receivers',
    )
  }
  given.forEach(checkUrl)
  const [group] = groups
  if (group === undefined || groups.length > 1) {
    const names = groups.map((one) => one.name).join(', ')
    throw new RotatorError(
      'usage',
      `there are several groups: say with --group whose keys are meant (${names})`,
    )
  }
  return [{ group, urls: given }]
}

/** @throws RotatorError `usage`; its message does not repeat the URL, which may contain a secret. */
function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '') return
  throw new RotatorError('usage', 'name a receiver by an http or https URL without credentials in it')
}

async function ask(
  group: GroupConfig,
  urls: readonly string[],
  wanted: string | undefined,
  ports: GroupPorts,
  io: Io,
): Promise<Asked> {
  const keyset = await keysetOf(group, ports)
  const entry = entryOf(keyset, wanted)
  const clock = interruptibleClock(io.clock, io.interrupted)
  const probe = httpProbe(clock)
  const answers = await Promise.all(urls.map((url) => askReceiver(url, entry.key, probe, clock)))
  return { keyset, entry, answers }
}

/** @throws RotatorError `usage` for a key that the keyset does not have. */
function entryOf(keyset: Keyset, wanted: string | undefined): KeyEntry {
  const found = findWanted(keyset, wanted)
  if (found !== undefined) return found
  const known = keyset.keys.map(({ kid, state }) => `${kid} (${state})`).join(', ')
  throw new RotatorError(
    'usage',
    `the keyset of group ${keyset.group} has no ${/^[0-9a-f]{12}$/.test(wanted ?? '') ? 'key of that kid' : `${wanted ?? 'pending or current'} key`}; it has ${known || 'none'}`,
  )
}

function findWanted(keyset: Keyset, wanted: string | undefined): KeyEntry | undefined {
  switch (wanted) {
    case undefined:
      return targetKey(keyset)
    case 'pending':
      return pendingKey(keyset)
    case 'current':
      return currentKey(keyset)
    default:
      return findKey(keyset, wanted)
  }
}

function resultOf(asked: readonly Asked[], options: ProbeOptions, io: Io): Result {
  const words = probeWords[languageOf(io.env)]
  const answers = asked.flatMap((one) => one.answers)
  const ok = answers.every(({ accepted }) => accepted)
  return {
    document: {
      ok,
      receivers: answers.map(({ url, status, accepted, instances }) => ({
        url: shownUrl(url),
        status,
        accepted,
        instances: instances.map(({ instance: id, lineage, revision }) => ({ id, lineage, revision })),
      })),
    },
    text: [
      ...asked.flatMap((one) => textOf(one, words)),
      ...(ok ? [] : [nextCommand(['doctor'], options, io)]),
    ].join('\n'),
    exitCode: ok ? 0 : 1,
  }
}

function textOf({ keyset, entry: { kid, state }, answers }: Asked, words: ProbeWords): string[] {
  return answers.flatMap(({ url, accepted, detail, instances }) => {
    const subject = shownUrl(url)
    return [
      accepted ? words.accepts(subject, kid, state) : words.refuses(subject, kid, state, detail),
      ...(accepted && instances.length === 0 ? [`  ${words.noEvidence}`] : []),
      ...(instances.length > 0 ? [`  ${words.instances(instances.length)}`] : []),
      ...instances.map(({ instance, lineage, revision }) => {
        const inLine = revision < keyset.revision ? 'behind' : 'upToDate'
        const place = lineage === keyset.lineage ? inLine : 'other'
        return `    ${words.instance(instance, revision, keyset.revision, place)}`
      }),
    ]
  })
}
