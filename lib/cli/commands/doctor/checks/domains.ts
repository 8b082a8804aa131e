import { callbackUrls } from '../../../../alibaba/live/callback-urls.ts'
import type { Credentials } from '../../../../alibaba/transport/credentials.ts'
import { count } from '../../../../core/counts.ts'
import { hasCode, RotatorError } from '../../../../core/errors.ts'
import type { DomainReading, NotifyConfigReading } from '../../../../rotation/ports.ts'
import { shownUrl } from '../../../text/shown-url.ts'
import { fail, failure, ok, skipped, warn, type Check, type CheckId } from '../check.ts'
import { groupSubject, type Patient } from '../patient.ts'

/** DescribeLiveSnapshotConfig allows 100 calls a second. */
const PACE_MS = 20

/** What a domain's three reads came to; an error where one was refused. */
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
    return { check: skipped('live.list', subject, 'it discovers no domains'), domains: [] }
  }
  try {
    const found = await ports.live.discover(discover.suffix)
    const domains = found.filter((domain) => !discover.exclude.includes(domain))
    const message = `${count(domains.length, 'domain')} end with ${discover.suffix}`
    if (domains.length + group.domains.length > 0)
      return { check: ok('live.list', subject, message), domains }
    const fix = 'check the suffix, and whether the domains are online streaming domains of this account'
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
  return ok('live.query', domain, 'authentication can be read')
}

function callbackCheck({ domain, query, notify, urls }: DomainReadings, authSource: string): Check {
  const id = 'live.callback'
  const notifyUrl = notify instanceof RotatorError || notify === null ? '' : notify.url
  if (authSource === 'notifyConfig') {
    if (notifyUrl !== '') return ok(id, domain, `callbacks go to ${shownUrl(notifyUrl)}`)
    if (notify instanceof RotatorError) return failure(id, domain, notify)
    return fail(
      id,
      domain,
      'it has no snapshot notify configuration, and its group is for those',
      'add one with AddLiveSnapshotNotifyConfig, or take `authSource: notifyConfig` off its group',
    )
  }
  if (urls instanceof RotatorError) {
    if (hasCode(query, 'notFound')) return skipped(id, domain, 'the domain was not found')
    // Live refuses to turn authentication on where there is no callback.
    const isOn = !(query instanceof RotatorError) && query.enabled
    if (isOn) return ok(id, domain, 'authentication is on, so there is a callback URL')
    return failure(id, domain, urls, 'warn')
  }
  const [url] = urls
  if (url !== undefined) return ok(id, domain, `callbacks go to ${shownUrl(url)}`)
  return notifyUrl === ''
    ? fail(
        id,
        domain,
        'it has no snapshot callback URL, and Live sets no key without one',
        'add a snapshot template with a callback URL in the Live console, or take the domain out of its group',
      )
    : fail(
        id,
        domain,
        `its callbacks are set up the other way, and go to ${shownUrl(notifyUrl)}`,
        'give it a group of its own with `authSource: notifyConfig`',
      )
}

function notifyCheck({ domain, notify }: DomainReadings, authSource: string): Check {
  const id = 'live.notifyConfig'
  if (notify instanceof RotatorError) {
    return failure(id, domain, notify, authSource === 'notifyConfig' ? 'fail' : 'warn')
  }
  if (authSource === 'notifyConfig') return ok(id, domain, 'the notify configuration can be read')
  if (notify === null || !notify.enabled) return ok(id, domain, 'no other configuration signs')
  return warn(
    id,
    domain,
    'it also signs by its notify configuration, whose key this group does not rotate',
    'give it a second group with `authSource: notifyConfig`, or delete that configuration',
  )
}

async function streamsCheck(
  domain: string | undefined,
  { group }: Patient,
  read: () => Promise<unknown>,
): Promise<Check> {
  const id = 'live.streams'
  if (domain === undefined) return skipped(id, groupSubject(group), 'it has no domain to ask for')
  try {
    await read()
    return ok(id, domain, 'its running streams can be listed')
  } catch (error) {
    return failure(id, domain, error)
  }
}

/** What is in order is told once for the group; the rest for each domain. */
function grouped({ group }: Patient, id: CheckId, checks: readonly Check[]): Check[] {
  const good = checks.filter(({ status }) => status === 'ok')
  const [first] = good
  const rest = checks.filter(({ status }) => status !== 'ok')
  const subject = groupSubject(group)
  if (first === undefined) return rest.length > 0 ? rest : [skipped(id, subject, 'it has no domain')]
  const message = good.length === 1 ? `${first.subject}: ${first.message}` : summaries(good)
  return [ok(id, subject, message), ...rest]
}

/** Each thing that was found, and for how many domains. */
function summaries(checks: readonly Check[]): string {
  const amounts = new Map<string, number>()
  for (const { message } of checks) amounts.set(message, (amounts.get(message) ?? 0) + 1)
  const [first = ['', 0], ...others] = [...amounts]
  const rest = others.reduce((sum, [, amount]) => sum + amount, 0)
  return `${count(first[1], 'domain')}: ${first[0]}${rest > 0 ? `; ${count(rest, 'more domain')} likewise` : ''}`
}
