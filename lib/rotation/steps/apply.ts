import { setMaxListeners } from 'node:events'
import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import { RotatorError } from '../../core/errors.ts'
import type { KeyEntry, Keyset } from '../../keyset/keyset.ts'
import { stagingDoneAt } from '../decide.ts'
import type { DomainState, GroupRun } from '../state/group-run.ts'
import { FENCE_MS } from '../state/ledger.ts'

const READ_BACKS = 6
const FIRST_READ_BACK_PAUSE_MS = 250

/**
 * Sets every domain that is not on `target` yet, and reads each back until it shows the key. The sets and the read-backs
 * of different domains overlap; the throttles beneath pace them. Domains that could not be read are left alone: the key
 * they are on may be one that nobody knows yet.
 *
 * @throws RotatorError `fenced` when another run has gone on, or what the keyset's store throws when that cannot be known:
 *   the sets that wait for their turn are given up at once.
 */
export async function apply(run: GroupRun, target: KeyEntry, urgent: boolean): Promise<void> {
  const todo = run.domainsNotOn(target.kid).filter((domain) => run.domains.get(domain)?.reading)
  if (todo.length === 0) return
  run.log({ level: 'info', event: 'applying', kid: target.kid, total: todo.length })
  const stop = new AbortController()
  // One listener for each set that waits, which is no leak.
  setMaxListeners(0, stop.signal)
  const fence = async (): Promise<void> => {
    try {
      await run.ledger.stillToSet(target.kid)
    } catch (error) {
      stop.abort(error)
      throw error
    }
    run.firstSetAt ??= run.now()
  }
  await Promise.all(
    todo.map(async (domain) => {
      try {
        await switchDomain(run, domain, target, { urgent, fence, signal: stop.signal })
      } catch (error) {
        // What stops the whole run is no fault of this domain.
        if (!stop.signal.aborted) run.fail(domain, error)
      }
    }),
  )
  stop.signal.throwIfAborted()
}

interface SwitchOptions {
  readonly urgent: boolean
  readonly fence: () => Promise<void>
  readonly signal: AbortSignal
}

async function switchDomain(
  run: GroupRun,
  domain: string,
  target: KeyEntry,
  options: SwitchOptions,
): Promise<void> {
  await run.ports.live.set(domain, target.key, { ...options, deadline: run.environment.deadline })
  run.set.add(domain)
  run.log({ level: 'debug', event: 'set', domain, kid: target.kid })
  await confirm(run, domain, target, options.urgent)
}

/** Reads a domain back until it shows the key: bounded, with growing pauses. */
async function confirm(run: GroupRun, domain: string, target: KeyEntry, urgent: boolean): Promise<void> {
  for (let attempt = 1, pause = FIRST_READ_BACK_PAUSE_MS; attempt <= READ_BACKS; attempt++, pause *= 2) {
    const { failure } = await run.read(domain, { urgent })
    if (failure) throw failure
    if (run.isOn(domain, target.kid)) {
      run.lastConfirmedAt = run.now()
      run.log({ level: 'debug', event: 'confirmed', domain, kid: target.kid, attempt })
      return
    }
    if (attempt < READ_BACKS) await run.environment.clock.sleep(pause)
  }
  throw new RotatorError(
    'notConfirmed',
    `domain ${domain} was set to key ${target.kid} but does not show it when it is read back; ` +
      'something else may be setting it. The next run tries again',
  )
}

/**
 * A run that displaced a pending key must outlive the sets of the run that was working on it: they can come until the
 * fence of that run and its last call are over. All domains are read again after that, and repaired.
 */
export async function outliveDisplacedRun(
  run: GroupRun,
  keyset: Keyset,
  target: KeyEntry,
  urgent: boolean,
): Promise<void> {
  if (!target.displaced) return
  const safe = stagingDoneAt(target, keyset, run.ledger.storedAt) + FENCE_MS + CALL_TIMEOUT_MS
  const early = ([, { reading, readAt }]: [string, DomainState]): boolean =>
    reading !== undefined && readAt < safe
  const again = [...run.domains].filter(early).map(([domain]) => domain)
  if (again.length === 0) return
  if (safe > run.environment.deadline) {
    throw new RotatorError('deadline', "the run's time ends before its domains can be read again")
  }
  await run.environment.clock.sleep(Math.max(0, safe - run.now()))
  await Promise.all(again.map((domain) => run.read(domain, { urgent })))
  await apply(run, target, urgent)
}
