import { Key } from '../../keyset/key.ts'
import { targetKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import { distrust, startEmergency } from '../../keyset/moves/emergency.ts'
import type { GroupContext } from '../state/context.ts'
import { hasStaged, withServed } from '../state/served.ts'
import { alarmReceivers } from './gather-evidence.ts'
import { intentFor, noteStaged, stageOptions } from './stage.ts'

/**
 * The first step of an emergency, before any domain or the list of domains is read. Intent `emergency`: distrusts the
 * leaked keys and stages a fresh key, in one save. From then on receivers stop trusting them within one ttl, and those
 * that probes reach at once; they are probed while the run continues. Leaked keys that do not fit are revoked at once. Any
 * other intent continues an emergency with its fresh key and distrusts named keys that are still trusted. One save at
 * most. If no key lost its trust, the first warning says so.
 */
export async function cutOff(run: GroupContext): Promise<void> {
  if (!(await startCutOff(run))) await distrustFurther(run)
}

/** false if the emergency had already started, even in another run meanwhile: its fresh key is just as good. */
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

/** The named keys, or all, that are still trusted. */
function trustedKeys(keyset: Keyset, leaked: readonly string[]): KeyEntry[] {
  return keyset.keys.filter(
    ({ kid, state }) => state !== 'compromised' && (leaked.length === 0 || leaked.includes(kid)),
  )
}
