import { Key } from '../../keyset/key.ts'
import { lastApplied, type KeyEntry } from '../../keyset/keyset.ts'
import { isProven, PROBES_PER_SECOND } from '../evidence.ts'
import type { ProbeAnswer } from '../probe.ts'
import type { GroupContext } from '../state/context.ts'
import { shownUrl } from '../shown-url.ts'

const PAUSE_MS = 1_000 / PROBES_PER_SECOND

/** Connections made to a URL without a stated number of instances, to reach some of them. */
const UNSTATED_CONNECTIONS = 5

/**
 * Asks every probe URL whether it accepts `key`, each time over a new connection, until all its instances have shown that
 * they do, evidence is impossible, or `until` (wall-clock milliseconds) has passed. A probe signed with an unknown key
 * makes an instance read the keyset at once. Logs each instance when it is first seen.
 */
export async function gatherEvidence(run: GroupContext, key: Key, until: number): Promise<void> {
  await onEveryUrl(run, async (url) => {
    const { clock } = run.environment
    for (;;) {
      const { expected, impossible } = run.receivers.of(url)
      if (expected === null || impossible !== null || isProven(run.receivers.of(url))) return
      if (clock.now() >= until || run.isOver()) return
      await paced(run, () => askForEvidence(run, url, key))
    }
  })
}

/**
 * Makes receivers read the keyset after an emergency's first save, and finds out which have. A probe signed with a random
 * key makes every instance that it reaches read; probes with the fresh key show which have; an instance that accepts a
 * leaked key still trusts it and is named. If the number of instances is stated, continues until all have shown the fresh
 * key, or `until`.
 */
export async function alarmReceivers(
  run: GroupContext,
  leaked: readonly KeyEntry[],
  fresh: KeyEntry,
  until: number,
): Promise<void> {
  await onEveryUrl(run, async (url) => {
    const connections = (run.receivers.of(url).expected ?? UNSTATED_CONNECTIONS) * 2
    const made = Key.generate()
    for (let n = 0; n < connections && !run.isOver(); n++) {
      const { status } = await paced(run, () => run.environment.probe(url, made))
      // No answer: each further connection may take the full timeout.
      if (status === undefined) return
    }
  })
  await gatherEvidence(run, fresh.key, until)
  await onEveryUrl(run, async (url) => {
    if (run.receivers.of(url).expected !== null) return
    for (let n = 0; n < 2 * UNSTATED_CONNECTIONS && !run.isOver(); n++) {
      if ((await paced(run, () => askForEvidence(run, url, fresh.key))).status === undefined) return
    }
  })
  await askWhoTrusts(run, leaked)
}

/**
 * Asks every probe URL, over several new connections, whether it accepts a leaked key, and warns about those that do. The
 * key that was current, which domains signed with, stands for all that were cut off together.
 */
export async function askWhoTrusts(run: GroupContext, leaked: readonly KeyEntry[]): Promise<void> {
  const newest = lastApplied(leaked)
  if (!newest) return
  await onEveryUrl(run, async (url) => {
    const connections = (run.receivers.of(url).expected ?? UNSTATED_CONNECTIONS) * 2
    for (let n = 0; n < connections && !run.isOver(); n++) {
      const answer = await paced(run, () => run.environment.probe(url, newest.key))
      if (answer.status === undefined) return
      if (answer.accepted) run.receivers.noteTrust(url, answer.evidence?.instance)
    }
  })
  for (const receiver of run.receivers.trusting) {
    run.journal.warn({ kind: 'receiverTrustsLeaked', ...receiver, url: shownUrl(receiver.url) })
  }
}

async function onEveryUrl(run: GroupContext, ask: (url: string) => Promise<void>): Promise<void> {
  await Promise.all(run.group.probes.map(ask))
}

/** Limits probes to {@link PROBES_PER_SECOND} for each URL. */
async function paced<T>(run: GroupContext, ask: () => Promise<T>): Promise<T> {
  const { clock } = run.environment
  const next = clock.tick() + PAUSE_MS
  const answer = await ask()
  await clock.sleep(Math.max(0, next - clock.tick()))
  return answer
}

/** Asks a receiver once whether it accepts the key, and records the answer. */
export async function askForEvidence(run: GroupContext, url: string, key: Key): Promise<ProbeAnswer> {
  const seen = run.receivers.of(url).instances.length
  const answer = await run.environment.probe(url, key)
  const { accepted, detail, evidence } = answer
  const shown = shownUrl(url)
  run.journal.note({ level: 'debug', event: 'probe', kid: key.kid, url: shown, accepted, message: detail })
  const { instances, expected } = run.receivers.note(url, answer, run.now())
  if (evidence && instances.length > seen) {
    const { instance, revision } = evidence
    run.journal.note({
      level: 'info',
      event: 'instanceSeen',
      kid: key.kid,
      url: shown,
      instance,
      revision,
      seen: instances.length,
      expected,
    })
  }
  return answer
}
