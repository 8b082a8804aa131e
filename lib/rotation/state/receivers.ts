import type { GroupConfig } from '../../config/types.ts'
import { isProven, noEvidenceYet, withAnswer, type UrlEvidence } from '../evidence.ts'
import type { ProbeAnswer } from '../probe.ts'

/** What a group's receivers have shown in this run: the newest evidence of each probe URL, and which still trust a leaked key. */
export class Receivers {
  #evidence: ReadonlyMap<string, UrlEvidence>
  readonly #trusting = new Map<string, Set<string>>()

  constructor({ probes, instances }: Pick<GroupConfig, 'probes' | 'instances'>) {
    this.#evidence = new Map(probes.map((url) => [url, noEvidenceYet(url, instances?.get(url) ?? null)]))
  }

  get evidence(): readonly UrlEvidence[] {
    return [...this.#evidence.values()]
  }

  of(url: string): UrlEvidence {
    return this.#evidence.get(url) ?? noEvidenceYet(url, null)
  }

  /** Whether every instance behind every URL has accepted the key. */
  get areProven(): boolean {
    return this.#evidence.size > 0 && this.evidence.every(isProven)
  }

  /** Records an answer to a probe signed with the key to be known; `at` in milliseconds since the epoch. */
  note(url: string, answer: ProbeAnswer, at: number): UrlEvidence {
    const next = withAnswer(this.of(url), answer, at)
    this.#evidence = new Map(this.#evidence).set(url, next)
    return next
  }

  /** Records that a probe signed with a leaked key was accepted, with the instance's id if it gave evidence. */
  noteTrust(url: string, instance: string | undefined): void {
    this.#trusting.set(url, (this.#trusting.get(url) ?? new Set()).add(instance ?? ''))
  }

  /** The URLs that accepted a leaked key, each with the instances known by id. */
  get trusting(): readonly { readonly url: string; readonly instances: readonly string[] }[] {
    return [...this.#trusting].map(([url, ids]) => ({ url, instances: [...ids].filter((id) => id !== '') }))
  }
}
