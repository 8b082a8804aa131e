import { callbackUrls } from '../../../../alibaba/live/callback-urls.ts'
import type { Credentials } from '../../../../alibaba/transport/credentials.ts'
import { count, number } from '../../../../core/counts.ts'
import { hasCode, RotatorError } from '../../../../core/errors.ts'
import type { DomainReading, NotifyConfigReading } from '../../../../rotation/ports.ts'
import { shownUrl } from '../../../text/shown-url.ts'
import { fail, failure, ok, skipped, warn, type Check, type CheckId } from '../check.ts'
import { inBoth, joined, say, type Said } from '../../../words/said.ts'
import { groupSubject, type Patient } from '../patient.ts'

/** DescribeLiveSnapshotConfig allows 100 calls a second. */
const PACE_MS = 20

/** The results of a domain's three reads; an error for each that was refused. */
export interface DomainReadings {
  readonly domain: string
  readonly query: DomainReading | RotatorError
  readonly notify: NotifyConfigReading | null | RotatorError
  readonly urls: readonly string[] | RotatorError
}

/** Every domain of a group: whether it can be read, and how its snapshot callbacks are set up. */
export async function checkDomains(patient: Patient): Promise<Check[]> {
  const { group, ports } = patient
  const listed = await listedDomains(patient)
  const domains = [...new Set([...group.domains, ...listed.domains])]
  const readings = await readDomains(domains, patient)
  const readable = readings.find(({ query }) => !(query instanceof RotatorError))
  return [
    listed.check,
    ...grouped(patient, 'live.query', readings.map(queryCheck)),
    ...grouped(
      patient,
      'live.callback',
      readings.map((one) => callbackCheck(one, group.authSource)),
    ),
    ...grouped(
      patient,
      'live.notifyConfig',
      readings.map((one) => notifyCheck(one, group.authSource)),
    ),
    await streamsCheck(readable?.domain ?? domains[0], patient, () =>
      ports.live.streams(readable?.domain ?? domains[0] ?? ''),
    ),
  ]
}

async function listedDomains({ group, ports }: Patient): Promise<{ check: Check; domains: string[] }> {
  const { discover } = group
  const subject = groupSubject(group)
  if (discover === null) {
    return {
      check: skipped('live.list', subject, say('it discovers no domains', '没有配置自动发现')),
      domains: [],
    }
  }
  try {
    const found = await ports.live.discover(discover.suffix)
    const domains = found.filter((domain) => !discover.exclude.includes(domain))
    const message = say(
      `${count(domains.length, 'domain')} end with ${discover.suffix}`,
      `${number(domains.length)} 个域名以 ${discover.suffix} 结尾`,
    )
    if (domains.length + group.domains.length > 0)
      return { check: ok('live.list', subject, message), domains }
    const fix = say(
      'check the suffix, and whether the domains are online streaming domains of this account',
      '请检查后缀，以及它们是否为该账号在线的播流域名',
    )
    return { check: fail('live.list', subject, message, fix), domains }
  } catch (error) {
    return { check: failure('live.list', subject, error), domains: [] }
  }
}

/** All reads of all domains, as fast as each API allows. */
export async function readDomains(
  domains: readonly string[],
  {
    ports: { live },
    config,
    credentials,
    clock,
  }: Pick<Patient, 'ports' | 'config' | 'credentials' | 'clock'>,
): Promise<DomainReadings[]> {
  const pair = await credentials.get()
  const urls = urlsOf(domains, config.endpoints.live, pair, (ms) => clock.sleep(ms))
  return Promise.all(
    domains.map(async (domain, index) => ({
      domain,
      query: await orError(live.query(domain)),
      notify: await orError(live.notifyConfig(domain)),
      urls: (await urls)[index] ?? [],
    })),
  )
}

async function urlsOf(
  domains: readonly string[],
  endpoint: string,
  credentials: Credentials,
  sleep: (ms: number) => Promise<void>,
): Promise<(readonly string[] | RotatorError)[]> {
  const reads: Promise<readonly string[] | RotatorError>[] = []
  for (const domain of domains) {
    if (reads.length > 0) await sleep(PACE_MS)
    reads.push(orError(callbackUrls(domain, endpoint, credentials)))
  }
  return Promise.all(reads)
}

async function orError<T>(read: Promise<T>): Promise<T | RotatorError> {
  try {
    return await read
  } catch (error) {
    if (error instanceof RotatorError && error.code !== 'deadline') return error
    throw error
  }
}

function queryCheck({ domain, query }: DomainReadings): Check {
  if (query instanceof RotatorError) return failure('live.query', domain, query)
  return ok('live.query', domain, say('authentication can be read', '可以读取鉴权配置'))
}

function callbackCheck({ domain, query, notify, urls }: DomainReadings, authSource: string): Check {
  const id = 'live.callback'
  const notifyUrl = notify instanceof RotatorError || notify === null ? '' : notify.url
  if (authSource === 'notifyConfig') {
    if (notifyUrl !== '') return ok(id, domain, callbacksGoTo(notifyUrl))
    if (notify instanceof RotatorError) return failure(id, domain, notify)
    return fail(
      id,
      domain,
      say(
        'it has no snapshot notify configuration, and its group is for those',
        '没有 SnapshotNotifyConfig，而它所在的组需要',
      ),
      say(
        'add one with AddLiveSnapshotNotifyConfig, or remove `authSource: notifyConfig` from its group',
        '请用 AddLiveSnapshotNotifyConfig 添加，或从组中去掉 `authSource: notifyConfig`',
      ),
    )
  }
  if (urls instanceof RotatorError) {
    if (hasCode(query, 'notFound')) return skipped(id, domain, say('the domain was not found', '域名不存在'))
    // Live refuses to turn authentication on without a callback.
    const isOn = !(query instanceof RotatorError) && query.enabled
    if (isOn)
      return ok(
        id,
        domain,
        say('authentication is on, so there is a callback URL', '鉴权已开启，因此有回调 URL'),
      )
    return failure(id, domain, urls, 'warn')
  }
  const [url] = urls
  if (url !== undefined) return ok(id, domain, callbacksGoTo(url))
  return notifyUrl === ''
    ? fail(
        id,
        domain,
        say(
          'it has no snapshot callback URL, and Live sets no key without one',
          '没有截图回调 URL；没有它，视频直播不会设置密钥',
        ),
        say(
          'add a snapshot template with a callback URL in the Live console, or take the domain out of its group',
          '请在视频直播控制台添加带回调 URL 的截图模板，或把该域名移出组',
        ),
      )
    : fail(
        id,
        domain,
        say(
          `its callbacks are set up the other way, and go to ${shownUrl(notifyUrl)}`,
          `回调用的是另一种配置，发往 ${shownUrl(notifyUrl)}`,
        ),
        say(
          'give it a separate group with `authSource: notifyConfig`',
          '请把它放进单独的组，并设 `authSource: notifyConfig`',
        ),
      )
}

function notifyCheck({ domain, notify }: DomainReadings, authSource: string): Check {
  const id = 'live.notifyConfig'
  if (notify instanceof RotatorError) {
    return failure(id, domain, notify, authSource === 'notifyConfig' ? 'fail' : 'warn')
  }
  if (authSource === 'notifyConfig')
    return ok(id, domain, say('the notify configuration can be read', '可以读取 SnapshotNotifyConfig'))
  if (notify === null || !notify.enabled)
    return ok(id, domain, say('no other configuration signs', '没有其他配置在签名'))
  return warn(
    id,
    domain,
    say(
      'it also signs with its notify configuration, whose key this group does not rotate',
      'SnapshotNotifyConfig 也在签名，而该组不轮转它的密钥',
    ),
    say(
      'give it a second group with `authSource: notifyConfig`, or delete that configuration',
      '请再建一个 `authSource: notifyConfig` 的组，或删除该配置',
    ),
  )
}

async function streamsCheck(
  domain: string | undefined,
  { group }: Patient,
  read: () => Promise<unknown>,
): Promise<Check> {
  const id = 'live.streams'
  if (domain === undefined)
    return skipped(id, groupSubject(group), say('it has no domain to ask for', '没有可查询的域名'))
  try {
    await read()
    return ok(id, domain, say('its running streams can be listed', '可以列出正在推的流'))
  } catch (error) {
    return failure(id, domain, error)
  }
}

/** Reports what is in order once for the group, and everything else for each domain. */
function grouped({ group }: Patient, id: CheckId, checks: readonly Check[]): Check[] {
  const good = checks.filter(({ status }) => status === 'ok')
  const [first] = good
  const rest = checks.filter(({ status }) => status !== 'ok')
  const subject = groupSubject(group)
  if (first === undefined)
    return rest.length > 0 ? rest : [skipped(id, subject, say('it has no domain', '没有域名'))]
  const message = good.length === 1 ? joined([first.subject, first.message], ': ', '：') : summaries(good)
  return [ok(id, subject, message), ...rest]
}

/** Each finding, and for how many domains. */
function summaries(checks: readonly Check[]): Said {
  const message = checks[0]?.message ?? inBoth('')
  const same = checks.filter((check) => check.message.en === message.en).length
  const rest = checks.length - same
  return say(
    `${count(same, 'domain')}: ${message.en}${rest > 0 ? `; ${count(rest, 'more domain')} likewise` : ''}`,
    `${number(same)} 个域名：${message.zh}${rest > 0 ? `；另外 ${number(rest)} 个类似` : ''}`,
  )
}

function callbacksGoTo(url: string): Said {
  return say(`callbacks go to ${shownUrl(url)}`, `回调发往 ${shownUrl(url)}`)
}
