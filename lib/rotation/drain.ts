import { RotatorError } from '../errors.ts'
import { currentKey, pendingKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { noteDomains, retire, revoke } from '../keyset/moves.ts'
import type { GroupRun } from './group-run.ts'
import { names } from './observe.ts'
import type { OnlineStream } from './ports.ts'
import { fateOf, interruptKeys, streamsToInterrupt } from './streams.ts'

const INTERRUPT_ROUNDS = 5
/** How long Live and the encoder are given before the list is asked again. */
const REPUSH_PAUSE_MS = 5_000

/** Lists the running streams of every domain; where a list cannot be had, its domain is kept as unlisted. */
export async function surveyStreams(run: GroupRun): Promise<void> {
  const unlisted: string[] = []
  const lists = await Promise.all(
    [...run.domains.keys()].map(async (domain) => {
      try {
        return await run.ports.live.streams(domain, { deadline: run.environment.deadline })
      } catch (error) {
        if (!(error instanceof RotatorError)) throw error
        // A domain that is gone has no streams; every other failure may hide some.
        if (error.code === 'notFound') return []
        unlisted.push(domain)
        run.log({ level: 'warn', event: 'unlisted', domain, code: error.code, message: error.message })
        return []
      }
    }),
  )
  if (unlisted.length > 0) {
    run.warn(
      `the running streams of ${names(unlisted)} could not be listed: old keys stay as if they were in use`,
    )
  }
  run.survey = { streams: lists.flat(), unlisted }
}

/**
 * Lets old keys go that nothing can sign with any more, by evidence: what the domains are set to, and which streams
 * still run. Also where nothing can go yet, it writes down since when no domain is set to a key.
 */
export async function drain(run: GroupRun): Promise<void> {
  const { keyset } = run.ledger
  if (!keyset?.keys.some(isOld)) return
  await surveyStreams(run)
  await run.ledger.change('old keys are let go', (document, now) => {
    const seen = noteSeen(run, document)
    const next = run.complete && !pendingKey(document) ? withoutDrained(run, seen, now) : seen
    return next === document ? null : next
  })
}

/** The document with what the domains' readings tell of its old keys. */
export function noteSeen(run: GroupRun, keyset: Keyset): Keyset {
  return noteDomains(keyset, run.kidsInUse(), run.everyDomainRead(), run.lastReadAt())
}

function withoutDrained(run: GroupRun, keyset: Keyset, now: number): Keyset {
  const survey = run.survey
  if (!survey) return keyset
  const going = keyset.keys.filter((entry) => {
    if (!isOld(entry)) return false
    if (isRejected(entry)) return true
    const fate = fateOf(entry, survey, run.group, now)
    if (fate.kind === 'expire') {
      run.expired.add(entry.kid)
      run.warn(expired(entry, fate.streams, survey.unlisted))
    }
    return fate.kind !== 'keep' && !run.kidsInUse().has(entry.kid)
  })
  if (going.length === 0) return keyset
  const kids = going.map(({ kid }) => kid)
  run.log({ level: 'info', event: 'retired', message: kids.join(', ') })
  return revoke(retire(keyset, kids), kids, run.kidsInUse(), now)
}

/** A leaked key whose streams are given up: it goes as soon as the fresh key is promoted. */
export function isRejected(entry: KeyEntry): boolean {
  return entry.state === 'compromised' && entry.onRunningStreams === 'reject'
}

function isOld(entry: KeyEntry): boolean {
  return entry.state === 'previous' || entry.state === 'compromised'
}

function expired(entry: KeyEntry, streams: readonly OnlineStream[], unlisted: readonly string[]): string {
  const still = streams.map(({ domain, app, stream }) => `${domain}/${app}/${stream}`)
  const unknown = unlisted.length > 0 ? `; the streams of ${names(unlisted)} could not be listed` : ''
  return (
    `key ${entry.kid} was dropped by overlap.max, although ${still.length} running streams may still sign with it ` +
    `(${names(still, 20)})${unknown}: their callbacks are refused until they are pushed again`
  )
}

export type Interrupted =
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting'; readonly until: number }
  | { readonly kind: 'left'; readonly error: RotatorError }

/**
 * Cuts every running stream that can sign with a leaked key whose emergency chose `interrupt`, so that its encoder
 * pushes again and signs with the fresh key; then the leaked key is revoked. Streams are listed when all that were pushed
 * before the switch can be told from those after it, and a stream is cut once.
 */
export async function interruptStreams(run: GroupRun): Promise<Interrupted> {
  const { keyset } = run.ledger
  const applied = keyset && currentKey(keyset)?.appliedAt
  if (!keyset || !applied || pendingKey(keyset) || interruptKeys(keyset).length === 0) return { kind: 'done' }

  const listFrom = Date.parse(applied) + run.group.overlap.clockSkewMs + 1_000
  if (listFrom > run.environment.waitUntil) return { kind: 'waiting', until: listFrom }
  if (listFrom > run.now()) {
    run.log({ level: 'info', event: 'waiting', phase: 'draining', until: new Date(listFrom).toISOString() })
    await run.environment.clock.sleep(listFrom - run.now())
  }
  const settled = new Set(
    [...run.domains.keys()].filter((domain) => run.isOn(domain, currentKey(keyset)?.kid ?? '')),
  )
  const cut = new Set<string>()
  for (let round = 1; round <= INTERRUPT_ROUNDS; round++) {
    await surveyStreams(run)
    const survey = run.survey ?? { streams: [], unlisted: [] }
    const signing = streamsToInterrupt(keyset, survey, settled, run.group)
    const fresh = signing.filter((stream) => !cut.has(pushOf(stream)))
    if (signing.length === 0 && survey.unlisted.length === 0) return revokeInterrupted(run)
    await Promise.all(fresh.map((stream) => cutStream(run, stream, cut)))
    if (round < INTERRUPT_ROUNDS) await run.environment.clock.sleep(REPUSH_PAUSE_MS * round)
  }
  const left = streamsToInterrupt(keyset, run.survey ?? { streams: [], unlisted: [] }, settled, run.group)
  const unlisted = run.survey?.unlisted ?? []
  const where = left.map(({ domain, app, stream }) => `${domain}/${app}/${stream}`)
  const error = new RotatorError(
    'rotationFailed',
    `group ${run.group.name}: after ${INTERRUPT_ROUNDS} rounds of cutting, ${left.length} running streams can still sign ` +
      `with a leaked key${where.length > 0 ? ` (${names(where)})` : ''}` +
      (unlisted.length > 0 ? `, and the streams of ${names(unlisted)} could not be listed` : '') +
      '. The key stays compromised, its callbacks are not trusted; the next reconcile goes on',
  )
  return { kind: 'left', error }
}

async function cutStream(run: GroupRun, stream: OnlineStream, cut: Set<string>): Promise<void> {
  const where = `${stream.domain}/${stream.app}/${stream.stream}`
  try {
    await run.ports.live.interrupt(stream, { deadline: run.environment.deadline })
    cut.add(pushOf(stream))
    run.interrupted++
    run.log({ level: 'info', event: 'interrupted', domain: stream.domain, message: where })
  } catch (error) {
    if (!(error instanceof RotatorError)) throw error
    if (error.code === 'deadline') return
    run.warn(`stream ${where} could not be cut: ${error.message}`)
  }
}

async function revokeInterrupted(run: GroupRun): Promise<Interrupted> {
  await run.ledger.change('interrupted streams are gone', (document, now) => {
    const seen = noteSeen(run, document)
    const kids = interruptKeys(seen)
      .filter((entry) => typeof entry.clearedAt === 'string')
      .map(({ kid }) => kid)
    return kids.length === 0 ? null : revoke(seen, kids, run.kidsInUse(), now)
  })
  return { kind: 'done' }
}

/** One push of a stream: after a cut the encoder's next push is another one. */
function pushOf(stream: OnlineStream): string {
  return [stream.publishDomain, stream.app, stream.stream, stream.publishedAt].join('/')
}
