/** Below it, what has left is not worth tidying up. */
const LEAST_TO_TIDY = 1_024

/**
 * Who waits, in the order of coming. Everything takes constant time, also with 100,000 of them: a `Set` alone looks
 * for its first member among all that have left before.
 */
export class Line<T> {
  readonly #members = new Set<T>()
  #order: T[] = []
  #head = 0

  get size(): number {
    return this.#members.size
  }

  /** Who waits longest; undefined when nobody does. */
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

  /** @returns whether it waited. */
  leave(member: T): boolean {
    const waited = this.#members.delete(member)
    if (this.#head >= LEAST_TO_TIDY && 2 * this.#head >= this.#order.length) {
      this.#order = this.#order.slice(this.#head)
      this.#head = 0
    }
    return waited
  }
}
