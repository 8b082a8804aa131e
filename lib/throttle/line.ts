/** Below this size, removed entries are not worth compacting. */
const LEAST_TO_TIDY = 1_024

/**
 * A queue in order of arrival. Every operation takes constant time, even with 100,000 waiting: a `Set` alone finds its
 * first member only after skipping all that have left.
 */
export class Line<T> {
  readonly #members = new Set<T>()
  #order: T[] = []
  #head = 0

  get size(): number {
    return this.#members.size
  }

  /** The longest waiting; undefined if nobody waits. */
  get first(): T | undefined {
    for (; this.#head < this.#order.length; this.#head++) {
      const member = this.#order[this.#head]
      if (member !== undefined && this.#members.has(member)) return member
    }
    return undefined
  }

  add(member: T): void {
    this.#members.add(member)
    this.#order.push(member)
  }

  /** @returns whether it was waiting. */
  leave(member: T): boolean {
    const waited = this.#members.delete(member)
    if (this.#head >= LEAST_TO_TIDY && 2 * this.#head >= this.#order.length) {
      this.#order = this.#order.slice(this.#head)
      this.#head = 0
    }
    return waited
  }
}
