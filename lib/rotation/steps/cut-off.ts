import { Key } from '../../keyset/key.ts'
import { targetKey, type KeyEntry } from '../../keyset/keyset.ts'
import { distrust, startEmergency } from '../../keyset/moves/emergency.ts'
import type { GroupContext } from '../state/context.ts'
import { intentFor, noteStaged, stageOptions } from './stage.ts'

/**
 * An emergency's first save, before a domain or the list of domains is looked at: the leaked keys lose their trust, and a
 * fresh key is staged with that. From then on receivers stop trusting them within one ttl. Leaked keys that there is no
 * room to keep are revoked at once.
 */
export async function cutOff(run: GroupContext): Promise<void> {
  const key = Key.generate()
  const saved = await run.ledger.change('cutOff', (keyset, now) => {
    // Another run may have begun the same emergency meanwhile: its fresh key is as good.
    if (intentFor(run, keyset) !== 'emergency') return null
    const { leaked, onRunningStreams } = run.request
    return startEmergency(keyset, key, { ...stageOptions(run), leaked, onRunningStreams }, now)
  })
  if (!saved) return
  noteStaged(run)
  const knownFrom = run.pending?.knownFrom
  if (knownFrom === undefined) return
  run.journal.noteCutOff({ savedAt: run.now(), trustGoneAt: Date.parse(knownFrom) })
}

/**
 * An emergency that is repeated, or comes soon after another, keeps that one's fresh key, with a warning. Keys that it
 * names and that are still trusted lose their trust all the same.
 */
export async function distrustFurther(run: GroupContext): Promise<void> {
  const { leaked, onRunningStreams } = run.request
  const isTrusted = ({ kid, state }: KeyEntry): boolean =>
    state !== 'compromised' && (leaked.length === 0 || leaked.includes(kid))
  await run.ledger.change('distrusted', (keyset, now) => {
    const fresh = targetKey(keyset)
    const trusted = keyset.keys.filter((entry) => isTrusted(entry) && entry.kid !== fresh?.kid)
    if (trusted.length === 0) return null
    return distrust(keyset, { leaked: trusted.map(({ kid }) => kid), onRunningStreams }, now)
  })
  const fresh = run.ledger.keyset ? targetKey(run.ledger.keyset) : undefined
  if (!fresh || fresh.request === run.request.id) return
  run.journal.warn({ kind: 'freshKeyKept', kid: fresh.kid, leaked: leaked.includes(fresh.kid) })
}

/** A request for all groups names keys of some of them: the others are left alone, with a warning. */
export function leakedElsewhere({ request: { leaked }, ledger, journal }: GroupContext): boolean {
  if (leaked.length === 0) return false
  const { keys = [], revoked = [] } = ledger.keyset ?? {}
  if ([...keys, ...revoked].some(({ kid }) => leaked.includes(kid))) return false
  journal.warn({ kind: 'leakedElsewhere', kids: leaked })
  return true
}
