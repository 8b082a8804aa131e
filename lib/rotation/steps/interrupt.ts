import { isoTime } from '../../core/clock.ts'
import { currentKey, pendingKey, type Keyset } from '../../keyset/keyset.ts'
import { revoke } from '../../keyset/moves/retire.ts'
import { Cuts } from './cuts.ts'
import { saveCleared } from './retire.ts'
import { surveyStreams } from './survey.ts'
import type { GroupContext } from '../state/context.ts'
import type { FindingOf } from '../report/findings.ts'
import { interruptKeys, nameOf } from '../state/streams.ts'

const ROUNDS = 5
/** Pause for Live and the encoders before listing again; grows with each round. */
const PAUSE_MS = 5_000
export type Interrupted =
  { readonly kind: 'done' } | { readonly kind: 'waiting'; readonly until?: number } | FindingOf<'streamsLeft'>

/**
 * Cuts every running stream that can sign with a leaked key whose emergency chose `interrupt`, so that its encoder
 * pushes again and signs with the fresh key; then revokes the leaked key if no domain is set to it. First saves which old
 * keys the domains have left. Waits until pushes from before the switch can be told from later ones, lists streams then,
 * and again right before each cut; cuts a stream once. Cuts none if the clocks disagree or a key is pending. Warns about
 * streams that could not be cut.
 *
 * @throws RotatorError `fenced` when another run took over.
 */
export async function interruptStreams(run: GroupContext): Promise<Interrupted> {
  const before = run.ledger.keyset
  if (!hasInterruptKeys(before)) return { kind: 'done' }
  if (!run.clocksAgree) return notCut(run)
  // If a domain has only just left a leaked key, its streams can be told apart from now on.
  await saveCleared(run)
  const { keyset } = run.ledger
  const current = keyset && currentKey(keyset)
  if (!hasInterruptKeys(keyset) || !current) return { kind: 'done' }

  const cuts = new Cuts(run, keyset, current)
  const { waitUntil, clock } = run.environment
  if (cuts.listFrom > run.now()) {
    if (cuts.listFrom > waitUntil) return { kind: 'waiting', until: cuts.listFrom }
    run.journal.note({
      level: 'info',
      event: 'waiting',
      phase: 'draining',
      until: isoTime(cuts.listFrom),
    })
    await clock.sleep(cuts.listFrom - run.now())
  }
  try {
    const interrupted = await cutInRounds(run, cuts)
    if (interrupted.kind === 'done') await revokeInterrupted(run)
    return interrupted
  } finally {
    cuts.warnOfFailures()
  }
}

/** If the clocks disagree, streams pushed before the switch cannot be told from later ones. */
async function notCut(run: GroupContext): Promise<Interrupted> {
  const { streams, unlisted } = await surveyStreams(run)
  return { kind: 'streamsLeft', streams: streams.map(nameOf), domains: unlisted }
}

async function cutInRounds(run: GroupContext, cuts: Cuts): Promise<Interrupted> {
  const { deadline, clock } = run.environment
  for (let round = 1; ; round++) {
    const { streams, unlisted } = await surveyStreams(run)
    const signing = streams.filter((stream) => cuts.isStillSigning(stream))
    if (signing.length === 0 && unlisted.length === 0) return { kind: 'done' }
    const domains = new Set(signing.filter((stream) => cuts.mayCut(stream)).map(({ domain }) => domain))
    if (round > ROUNDS || (domains.size === 0 && unlisted.length === 0)) {
      return { kind: 'streamsLeft', streams: signing.map(nameOf), domains: unlisted }
    }
    const total = signing.filter((stream) => cuts.mayCut(stream)).length
    if (total > 0) run.journal.note({ level: 'info', event: 'interrupting', total })
    await cuts.cutDomains(domains)
    const pause = PAUSE_MS * round
    if (run.now() + pause > deadline) return { kind: 'waiting' }
    await clock.sleep(pause)
  }
}

function hasInterruptKeys(keyset: Keyset | null): keyset is Keyset {
  return keyset !== null && !pendingKey(keyset) && interruptKeys(keyset).length > 0
}

/** Revokes only keys that no domain is set to, which takes a reading of every domain. */
async function revokeInterrupted({ ledger, seen }: GroupContext): Promise<void> {
  await ledger.change('revoked', (document, now) => {
    if (!seen.provesAbsence(ledger.generation)) return null
    const kids = interruptKeys(document)
      .filter((entry) => typeof entry.clearedAt === 'string')
      .map(({ kid }) => kid)
    return kids.length === 0 ? null : revoke(document, kids, seen.kidsInUse(), now)
  })
}
