import type { ProbeAnswer, ProbeEvidence } from './probe.ts'

/** Probes a second that one URL gets at most. */
export const PROBES_PER_SECOND = 10

/** An instance of a receiver, as its answers to accepted probes have shown it. */
export interface SeenInstance {
  readonly id: string
  readonly lineage: string
  readonly revision: number
  /** When it was first seen with this revision or a newer one, in milliseconds since the epoch. */
  readonly at: number
}

/** Why the answers of a URL cannot become evidence, however long it is asked. */
export type NoEvidence = 'moreInstances' | 'noEvidence'

/**
 * What the answers of one probe URL have shown so far. Immutable: an answer makes a new one.
 */
export interface UrlEvidence {
  readonly url: string
  /** How many instances there are at most; null where that is not configured: nothing is proven then. */
  readonly expected: number | null
  /** The instances that accepted the key, in the order in which they were first seen. */
  readonly instances: readonly SeenInstance[]
  /** Accepted answers in a row, after all expected instances were seen, that showed nothing new. */
  readonly confirmations: number
  readonly impossible: NoEvidence | null
  /** The newest answer: whether it accepted the key, and what it was. */
  readonly last: { readonly accepted: boolean; readonly detail: string } | null
}

export function noEvidenceYet(url: string, expected: number | null): UrlEvidence {
  return { url, expected, instances: [], confirmations: 0, impossible: null, last: null }
}

/**
 * What is known after one more answer. Every answer comes over a new connection, so that it may be of any instance. A
 * refusal begins the count of confirmations anew: an instance that has not read the keyset yet is still behind the URL.
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
 * Whether every instance behind the URL has accepted the key: as many ids as there are instances at most, and twice as
 * many further new connections that brought no other id, no refusal and no answer without evidence.
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

/** Whether an instance works with a document of this lineage that is at least as new as `revision`. */
export function isUpTo(instance: SeenInstance, lineage: string, revision: number): boolean {
  return instance.lineage === lineage && instance.revision >= revision
}

function hasAll({ expected, instances }: UrlEvidence): boolean {
  return expected !== null && instances.length === expected
}

/** A newer revision of the same lineage takes the place of an older one; another lineage always does. */
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
