import { Key } from '../../keyset/key.ts'
import { targetKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import { distrust, startEmergency } from '../../keyset/moves/emergency.ts'
import type { Intent } from '../decide.ts'
import type { GroupContext } from '../state/context.ts'
import { hasStaged, withServed } from '../state/served.ts'
import { alarmReceivers } from './gather-evidence.ts'
import { intentFor, noteStaged, stageOptions } from './stage.ts'

/**
 * The emergency's own step, before a domain or the list of domains is looked at. `emergency`: the leaked keys lose their
 * trust, and a fresh key is staged, in one save; from then on receivers stop trusting them within one ttl, and those that
 * probes reach at once: they are probed while the run goes on. Leaked keys that there is no room to keep are revoked at once. Any other intent continues an emergency, with its fresh key: keys that are
 * named and still trusted lose their trust all the same. One save at most; an emergency that took no trust away warns of
 * that first.
 */
export async function cutOff(run: GroupContext, intent: Intent): Promise<void> {
  if (intent !== 'emergency' || !(await startCutOff(run))) await distrustFurther(run)
}

/** false where another run has begun the same emergency meanwhile: its fresh key is as good. */
async function startCutOff(run: GroupContext): Promise<boolean> {
  const { ledger, journal, request } = run
  const { leaked, onRunningStreams } = request
  const key = Key.generate()
  let distrusted: readonly KeyEntry[] = []
  const saved = await ledger.change('cutOff', (keyset, now) => {
    if (intentFor(run, keyset) !== 'emergency') return null
    distrusted = trustedKeys(keyset, leaked)
    const options = { ...stageOptions(run), leaked, onRunningStreams }
    return withServed(startEmergency(keyset, key, options, now), request, now)
  })
  if (!saved) return false
  if (distrusted.length === 0 && leaked.length > 0) journal.warn({ kind: 'distrustedBefore', kids: leaked })
  noteStaged(run)
  const { pending: fresh } = run
  const { keyset } = ledger
  if (!keyset || fresh?.knownFrom === undefined) return true
  const trustGoneAt = Date.parse(fresh.knownFrom)
  const { lineage, revision } = keyset
  journal.noteCutOff({ savedAt: run.now(), trustGoneAt, lineage, revision })
  run.sound(alarmReceivers(run, distrusted, fresh, Math.min(trustGoneAt, run.environment.waitUntil)))
  return true
}

async function distrustFurther({ ledger, journal, request }: GroupContext): Promise<void> {
  const { leaked, onRunningStreams } = request
  const took = await ledger.change('distrusted', (keyset, now) => {
    const fresh = targetKey(keyset)
    const trusted = trustedKeys(keyset, leaked).filter(({ kid }) => kid !== fresh?.kid)
    if (trusted.length === 0) return null
    const kids = trusted.map(({ kid }) => kid)
    return withServed(distrust(keyset, { leaked: kids, onRunningStreams }, now), request, now)
  })
  const fresh = ledger.keyset ? targetKey(ledger.keyset) : undefined
  if (!fresh) return
  const { kid, stagedAt = '' } = fresh
  if (!hasStaged(request, fresh))
    journal.warn({ kind: 'freshKeyKept', kid, leaked: leaked.includes(kid), took })
  else if (!took) journal.warn({ kind: 'emergencyContinued', kid, since: stagedAt })
}

/** The keys that are meant and still trusted. */
function trustedKeys(keyset: Keyset, leaked: readonly string[]): KeyEntry[] {
  return keyset.keys.filter(
    ({ kid, state }) => state !== 'compromised' && (leaked.length === 0 || leaked.includes(kid)),
  )
}

/** A request for all groups names keys of some of them: the others are left alone, with a warning. */
export function leakedElsewhere({ request: { leaked }, ledger, journal }: GroupContext): boolean {
  if (leaked.length === 0) return false
  const { keys = [], revoked = [] } = ledger.keyset ?? {}
  if ([...keys, ...revoked].some(({ kid }) => leaked.includes(kid))) return false
  journal.warn({ kind: 'leakedElsewhere', kids: leaked })
  return true
}
