import { kmsInstances } from '../../../alibaba/kms/instances.ts'
import { callerIdentity } from '../../../alibaba/sts/caller-identity.ts'
import { hasCode, RotatorError } from '../../../core/errors.ts'
import { languageOf } from '../../../core/language.ts'
import type { RotationConfig } from '../../../config/types.ts'
import { LOCAL_ACCOUNT_ID } from '../../../emulator/local-account.ts'
import { isLoopback } from '../../../core/safe-address.ts'
import type { GroupPorts } from '../../../rotation/ports.ts'
import type { CommandContext } from '../../command.ts'
import { chooseCredentials } from '../../credentials.ts'
import { interruptibleClock, interruptibleOpen } from '../../interruptible.ts'
import { startProgress } from '../../progress/progress.ts'
import { accountIdIn } from '../../account-id.ts'
import { stsEndpointOf } from '../../sts-endpoint.ts'
import { codeInChinese } from '../../words/problem-words.ts'
import { initWords } from '../../words/init-words.ts'
import { say, type Said } from '../../words/said.ts'
import { readDomains, type DomainReadings } from '../doctor/checks/domains.ts'
import type { DomainSight, Wishes } from './draft.ts'
import { parsedWishes } from './wishes.ts'

/** What was found in the account. What could not be read is named in `notes`, and kept for a person to fill in. */
export interface AccountSight {
  readonly accountId: string | null
  readonly instances: readonly string[]
  readonly domains: readonly DomainSight[]
  readonly notes: readonly Said[]
}

/** Reads the account: who calls, its KMS instances, its domains and how their callbacks are set up. Changes nothing. */
export async function seeAccount(wishes: Wishes, context: CommandContext): Promise<AccountSight> {
  const { io, services } = context
  const notes: Said[] = []
  const config = readingConfig(wishes, context)
  const orNote = async <T>(what: Said, read: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof RotatorError) || error.code === 'deadline') throw error
      notes.push(
        say(
          `${what.en} could not be read: ${error.message}`,
          `无法读取${what.zh}（${codeInChinese(error.code)}）：${error.message}`,
        ),
      )
      return otherwise
    }
  }
  const credentials = chooseCredentials(config, io)
  const progress = startProgress(io)
  progress.say({ kind: 'note', text: initWords[languageOf(io.env)].reading })
  try {
    const pair = await orNote(say('the credentials', '访问凭证'), () => credentials.get(), null)
    if (pair === null) return { ...unseen(wishes), accountId: accountIdIn(io) ?? null, notes }
    const accountId = await orNote(
      say('the id of the account', '账号 ID'),
      async () => (await callerIdentity(stsEndpointOf(config, io), pair)).accountId,
      accountIdIn(io) ?? (isLoopback(new URL(config.endpoints.live)) ? LOCAL_ACCOUNT_ID : null),
    )
    const instances = await orNote(
      say('the list of KMS instances', ' KMS 实例列表'),
      () => kmsInstances(config.endpoints.kms, pair),
      [],
    )
    const { open } = await (await services()).connect({ config, io, log: progress.log })
    const [group] = config.groups
    if (group === undefined) throw new TypeError('a configuration has a group')
    const ports = await interruptibleOpen(open, io.interrupted)(group)
    const listed = await orNote(
      say('the list of domains', '域名列表'),
      () => listedDomains(wishes, ports),
      [],
    )
    const names = [...new Set([...wishes.domains, ...listed])]
    const clock = interruptibleClock(io.clock, io.interrupted)
    const readings = await readDomains(names, { ports, config, credentials, clock })
    return { accountId, instances, domains: readings.map(sightOf), notes }
  } finally {
    progress.stop()
  }
}

/** Lists nothing if domains are named but no suffix is. */
function listedDomains({ domains, discover }: Wishes, { live }: GroupPorts): Promise<string[]> {
  if (discover !== null) return live.discover(discover)
  return domains.length > 0 ? Promise.resolve([]) : live.discover('')
}

function unseen({ domains }: Wishes): Omit<AccountSight, 'accountId' | 'notes'> {
  const sights = domains.map((domain): DomainSight => ({ domain, kind: 'unknown', callbackUrls: [] }))
  return { instances: [], domains: sights }
}

/** A configuration to read with: its servers are those of the region or the environment. */
function readingConfig({ region, secret }: Wishes, { io }: CommandContext): RotationConfig {
  const group = { name: 'default', secret, domains: ['live.example.com'] }
  return parsedWishes(JSON.stringify({ region, groups: [group] }), io.env)
}

function sightOf({ domain, query, notify, urls }: DomainReadings): DomainSight {
  if (hasCode(query, 'notFound')) return { domain, kind: 'absent', callbackUrls: [] }
  const byNotify = !(notify instanceof RotatorError) && notify !== null && notify.url !== ''
  const isOn = !(query instanceof RotatorError) && query.enabled
  const byAuth = urls instanceof RotatorError ? isOn : urls.length > 0
  const isUnknown = urls instanceof RotatorError && !isOn && !byNotify
  const callbackUrls = [...(urls instanceof RotatorError ? [] : urls), ...(byNotify ? [notify.url] : [])]
  return { domain, kind: isUnknown ? 'unknown' : kindOf(byAuth, byNotify), callbackUrls }
}

function kindOf(byAuth: boolean, byNotify: boolean): DomainSight['kind'] {
  if (byAuth && byNotify) return 'both'
  if (byAuth) return 'snapshotCallbackAuth'
  return byNotify ? 'notifyConfig' : null
}
