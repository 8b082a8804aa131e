interface Place<T> {
  readonly member: T
  next: Place<T> | undefined
}

/**
 * A queue in order of arrival. Every operation takes constant time, even with 100,000 waiting: a `Set` alone finds its
 * first member only after skipping all that have left.
 */
export class Line<T> {
  readonly #members = new Set<T>()
  /** Places in line, including some whose members have left. */
  #first: Place<T> | undefined
  #last: Place<T> | undefined

  get size(): number {
    return this.#members.size
  }

  /** The member that has waited longest; undefined if none is waiting. */
  get first(): T | undefined {
    while (this.#first && !this.#members.has(this.#first.member)) this.#first = this.#first.next
    return this.#first?.member
  }

  add(member: T): void {
    this.#members.add(member)
    const place = { member, next: undefined }
    if (this.#first && this.#last) this.#last.next = place
    else this.#first = place
    this.#last = place
  }

  /** @returns whether it was waiting. */
  leave(member: T): boolean {
    return this.#members.delete(member)
  }
}
