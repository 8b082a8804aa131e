import { setMaxListeners } from 'node:events'
import { RotatorError } from '../../core/errors.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import { pendingKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import type { Fence } from '../ports.ts'
import type { GroupContext } from '../state/context.ts'
import { isOn, type DomainState } from '../state/observation.ts'
import { failed, readDomain, take } from './observe.ts'

const READ_BACKS = 6
const FIRST_READ_BACK_PAUSE_MS = 250

/**
 * Sets every domain that is not on `target` yet and reads each back until it shows the key. Reads the keyset before the
 * first set, so that a run that was overtaken sets none. Sets and read-backs of different domains overlap; the throttles
 * pace them. Skips domains that could not be read: their key may not be imported yet.
 *
 * @param only - Only these domains; default: all that are not on it.
 * @throws RotatorError `fenced` when another run took over, or what the store throws when that is unknown: sets that wait
 *   for their turn are abandoned at once.
 */
export async function apply(
  run: GroupContext,
  target: KeyEntry,
  urgent: boolean,
  only?: ReadonlySet<string>,
): Promise<void> {
  const { seen, ledger, journal } = run
  const todo = seen.domainsToSet(target.kid).filter((domain) => only?.has(domain) ?? true)
  if (todo.length === 0) return
  const mayStillBeCurrent = (keyset: Keyset): boolean => isBeingPublished(run, keyset)
  await ledger.readAgain()
  await ledger.stillToSet(target.kid, mayStillBeCurrent)
  journal.note({ level: 'info', event: 'applying', kid: target.kid, total: todo.length })
  const stop = new AbortController()
  // One listener for each waiting set; not a leak.
  setMaxListeners(0, stop.signal)
  const fence: Fence = async () => {
    try {
      const pass = await ledger.stillToSet(target.kid, mayStillBeCurrent)
      journal.noteSending()
      return pass
    } catch (error) {
      stop.abort(error)
      throw error
    }
  }
  const news = new Map<string, DomainState | null>()
  try {
    await sideBySide(todo, async (domain) => {
      const before = seen.stateOf(domain)
      try {
        news.set(
          domain,
          await switchDomain(run, domain, target, { before, urgent, fence, signal: stop.signal }),
        )
      } catch (error) {
        // What stops the whole run is not this domain's failure.
        if (!stop.signal.aborted) news.set(domain, failed(run, domain, before, error))
      }
    })
  } finally {
    take(run, news)
  }
  stop.signal.throwIfAborted()
}

/** Whether domains still belong on the current key because receivers do not know the pending one yet. */
export function isBeingPublished(run: GroupContext, keyset: Keyset): boolean {
  const pending = pendingKey(keyset)
  return pending !== undefined && run.now() < run.publishedAt(pending, keyset)
}

interface SwitchOptions {
  readonly before: DomainState
  readonly urgent: boolean
  readonly fence: Fence
  readonly signal: AbortSignal
}

async function switchDomain(
  run: GroupContext,
  domain: string,
  { kid, key }: KeyEntry,
  { before, ...options }: SwitchOptions,
): Promise<DomainState | null> {
  await run.live.set(domain, key, { ...options, deadline: run.environment.deadline })
  run.journal.note({ level: 'debug', event: 'set', domain, kid })
  return confirm(run, domain, kid, { before, urgent: options.urgent })
}

/** Reads a domain back until it shows the key, a limited number of times, with growing pauses. */
async function confirm(
  run: GroupContext,
  domain: string,
  kid: string,
  { before, urgent }: Pick<SwitchOptions, 'before' | 'urgent'>,
): Promise<DomainState | null> {
  let shown: DomainState = before
  for (let attempt = 1, pause = FIRST_READ_BACK_PAUSE_MS; attempt <= READ_BACKS; attempt++, pause *= 2) {
    const state = await readDomain(run, domain, shown, urgent)
    if (!state || state.failure) return state
    shown = state
    if (isOn(shown, kid)) {
      run.journal.note({ level: 'debug', event: 'confirmed', domain, kid, attempt })
      return shown
    }
    if (attempt < READ_BACKS) await run.environment.clock.sleep(pause)
  }
  const error = new RotatorError(
    'notConfirmed',
    `domain ${domain} was set to key ${kid} but does not show it when it is read back; ` +
      'something else may be setting it. The next run tries again',
  )
  return failed(run, domain, shown, error)
}
