import { hasCode, RotatorError } from '../errors.ts'
import type { KeyEntry } from '../keyset/keyset.ts'
import type { DomainState, GroupRun } from './group-run.ts'
import { FENCE_MS } from './ledger.ts'

/** The longest that one call to Live may take, retries apart: what was sent earlier has taken effect or never will. */
export const CALL_TIMEOUT_MS = 10_000

const READ_BACKS = 6
const FIRST_READ_BACK_PAUSE_MS = 250

/**
 * Sets every domain that is not on `target` yet, and reads each back until it shows the key. The sets and the read-backs
 * of different domains overlap; the throttles beneath pace them. Domains that could not be read are left alone: the key
 * they are on may be one that nobody knows yet.
 */
export async function apply(run: GroupRun, target: KeyEntry, urgent: boolean): Promise<void> {
  const todo = run.domainsNotOn(target.kid).filter((domain) => run.domains.get(domain)?.reading)
  if (todo.length === 0) return
  run.log({ level: 'info', event: 'applying', kid: target.kid, phase: 'applying', total: todo.length })
  let fenced: RotatorError | undefined
  await Promise.all(
    todo.map(async (domain) => {
      try {
        await switchDomain(run, domain, target, urgent)
      } catch (error) {
        if (!hasCode(error, 'fenced')) run.fail(domain, error)
        else fenced ??= error
      }
    }),
  )
  if (fenced) throw fenced
}

async function switchDomain(run: GroupRun, domain: string, target: KeyEntry, urgent: boolean): Promise<void> {
  const { live } = run.ports
  const { deadline } = run.environment
  await live.set(domain, target.key, {
    urgent,
    deadline,
    fence: async () => {
      await run.ledger.stillToSet(target.kid)
      run.firstSetAt ??= run.now()
    },
  })
  run.set.add(domain)
  run.log({ level: 'debug', event: 'set', domain, kid: target.kid })
  await confirm(run, domain, target, urgent)
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
export async function outliveDisplacedRun(run: GroupRun, target: KeyEntry, urgent: boolean): Promise<void> {
  if (!target.displaced || target.stagedAt === undefined) return
  const safe = Date.parse(target.stagedAt) + FENCE_MS + CALL_TIMEOUT_MS
  const early = ([, { reading, readAt }]: [string, DomainState]): boolean =>
    reading !== undefined && readAt < safe
  const again = [...run.domains].filter(early).map(([domain]) => domain)
  if (again.length === 0) return
  if (safe > run.environment.deadline) {
    throw new RotatorError(
      'deadline',
      `group ${run.group.name}: the run's time ends before its domains can be read again`,
    )
  }
  await run.environment.clock.sleep(Math.max(0, safe - run.now()))
  await Promise.all(again.map((domain) => run.read(domain, { urgent })))
  await apply(run, target, urgent)
}
