import { RotatorError } from '../../core/errors.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import { currentKey, findKey, pendingKey, targetKey, type Keyset } from '../../keyset/keyset.ts'
import { problemOf } from '../report/findings.ts'
import type { GroupContext } from '../state/context.ts'
import type { GroupDomains } from '../state/group-domains.ts'
import { askForEvidence, askWhoTrusts, gatherEvidence } from './gather-evidence.ts'
import { observe } from './observe.ts'
import { surveyStreams } from './survey.ts'

/** How long to keep asking receivers until all their instances have answered. */
const RECEIVERS_PATIENCE_MS = 5_000

/**
 * Reads everything and changes nothing: the keyset, the domains, their running streams, their other configuration; for a
 * status, also asks the receivers which key they accept. Warns about what a run would repair and what it could not.
 */
export async function inspect(run: GroupContext, domains: () => Promise<GroupDomains>): Promise<void> {
  const { ledger, group, journal } = run
  await ledger.load()
  const known = await domains()
  if (ledger.currentIsBehind !== null) {
    journal.warn({ kind: 'currentIsBehind', secret: group.secret, version: ledger.currentIsBehind })
  }
  await observe(run, known, false)
  await Promise.all([surveyStreams(run), findOtherConfiguration(run), lookAtReceivers(run)])
  if (ledger.keyset) {
    warnOfUnknownKeys(run, ledger.keyset)
    warnOfDrift(run, ledger.keyset)
  }
}

/** Finds domains whose callbacks their SnapshotNotifyConfig signs: they would look rotated without being so. */
async function findOtherConfiguration({
  group,
  seen,
  live,
  environment,
  journal,
}: GroupContext): Promise<void> {
  if (group.authSource !== 'snapshotCallbackAuth') return
  const signed: string[] = []
  const unknown: string[] = []
  let problem: RotatorError | undefined
  journal.note({ level: 'info', event: 'inspecting', total: seen.domains.size })
  await sideBySide(seen.domains.keys(), async (domain) => {
    try {
      const found = await live.notifyConfig(domain, { deadline: environment.deadline })
      if (found?.enabled) signed.push(domain)
    } catch (error) {
      if (!(error instanceof RotatorError)) throw error
      if (error.code === 'notFound') return
      unknown.push(domain)
      problem ??= error
    } finally {
      journal.note({ level: 'debug', event: 'inspected', domain })
    }
  })
  if (signed.length > 0) journal.warn({ kind: 'notifyConfigSigns', domains: signed })
  if (problem) journal.warn({ kind: 'notifyConfigNotRead', domains: unknown, problem: problemOf(problem) })
}

/** Asks the receivers whether they accept the key that they should know, and which keyset they use. */
async function lookAtReceivers(run: GroupContext): Promise<void> {
  const { group, ledger, request } = run
  const target = ledger.keyset && targetKey(ledger.keyset)
  if (!target || request.action !== 'status') return
  const unstated = group.instances === null ? group.probes : []
  await Promise.all([
    gatherEvidence(run, target.key, run.now() + RECEIVERS_PATIENCE_MS),
    ...unstated.map((url) => askForEvidence(run, url, target.key)),
  ])
  const leaked = ledger.keyset.keys.filter(({ state }) => state === 'compromised')
  await askWhoTrusts(run, leaked)
}

function warnOfUnknownKeys({ seen, journal }: GroupContext, keyset: Keyset): void {
  for (const { kid } of seen.keysOnDomains()) {
    if (findKey(keyset, kid)) continue
    journal.warn({ kind: 'unknownKey', kid, domains: seen.domainsOn(kid) })
  }
}

function warnOfDrift({ seen, journal }: GroupContext, keyset: Keyset): void {
  const current = currentKey(keyset)
  if (!current || pendingKey(keyset)) return
  const drifted = seen.domainsToSet(current.kid)
  if (drifted.length > 0) journal.warn({ kind: 'drifted', domains: drifted })
}
