import type { ProbeAnswer, ProbeEvidence } from './probe.ts'

/** Maximum number of probes a second for one URL. */
export const PROBES_PER_SECOND = 10

/** A receiver instance, as shown by its answers to accepted probes. */
export interface SeenInstance {
  readonly id: string
  readonly lineage: string
  readonly revision: number
  /** When it was first seen with this revision or a newer one, in milliseconds since the epoch. */
  readonly at: number
}

/** Why a URL's answers can never become evidence. */
export type NoEvidence = 'moreInstances' | 'noEvidence'

/** What the answers of one probe URL have shown so far. Immutable: each answer makes a new value. */
export interface UrlEvidence {
  readonly url: string
  /** Maximum number of instances; null if not configured, in which case nothing can be proven. */
  readonly expected: number | null
  /** The instances that accepted the key, in the order they were first seen. */
  readonly instances: readonly SeenInstance[]
  /** Consecutive accepted answers that showed nothing new after all expected instances were seen. */
  readonly confirmations: number
  readonly impossible: NoEvidence | null
  /** The latest answer: whether it accepted the key, and what it said. */
  readonly last: { readonly accepted: boolean; readonly detail: string } | null
}

export function noEvidenceYet(url: string, expected: number | null): UrlEvidence {
  return { url, expected, instances: [], confirmations: 0, impossible: null, last: null }
}

/**
 * The evidence after one more answer. Each answer comes over a new connection, so any instance may have sent it. A refusal
 * resets the confirmations: some instance behind the URL has not read the keyset yet.
 */
export function withAnswer(before: UrlEvidence, answer: ProbeAnswer, at: number): UrlEvidence {
  const last = { accepted: answer.accepted, detail: answer.detail }
  if (!answer.accepted) return { ...before, confirmations: 0, last }
  if (answer.evidence === undefined) {
    return { ...before, confirmations: 0, impossible: before.impossible ?? 'noEvidence', last }
  }
  const known = before.instances.some(({ id }) => id === answer.evidence?.instance)
  const instances = withInstance(before.instances, answer.evidence, at)
  const tooMany = before.expected !== null && instances.length > before.expected
  return {
    ...before,
    instances,
    confirmations: known && hasAll(before) ? before.confirmations + 1 : 0,
    impossible: before.impossible ?? (tooMany ? 'moreInstances' : null),
    last,
  }
}

/**
 * Whether every instance behind the URL has accepted the key: the expected number of ids, then twice as many new
 * connections that brought no other id, no refusal and no answer without evidence.
 *
 * @example
 * ```ts
 * let evidence = noEvidenceYet(url, 2)
 * while (!isProven(evidence)) evidence = withAnswer(evidence, await probe(url, key), clock.now())
 * ```
 */
export function isProven({ expected, confirmations, impossible }: UrlEvidence): boolean {
  return expected !== null && impossible === null && confirmations >= 2 * expected
}

/** Whether an instance uses a document of this lineage at `revision` or later. */
export function isUpTo(instance: SeenInstance, lineage: string, revision: number): boolean {
  return instance.lineage === lineage && instance.revision >= revision
}

function hasAll({ expected, instances }: UrlEvidence): boolean {
  return expected !== null && instances.length === expected
}

/** A newer revision replaces an older one of the same lineage; another lineage always replaces it. */
function withInstance(
  instances: readonly SeenInstance[],
  { instance, lineage, revision }: ProbeEvidence,
  at: number,
): readonly SeenInstance[] {
  const seen = instances.find(({ id }) => id === instance)
  if (seen?.lineage === lineage && seen.revision >= revision) return instances
  const now = { id: instance, lineage, revision, at }
  return seen ? instances.map((other) => (other === seen ? now : other)) : [...instances, now]
}
