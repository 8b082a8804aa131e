export interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

/** Timers by time, and by age if the times are equal: a binary heap. */
export class TimerQueue {
  readonly #heap: Timer[] = []
  readonly #removed = new Set<Timer>()
  #added = 0

  get size(): number {
    return this.#heap.length - this.#removed.size
  }

  /** When the next timer is due; Infinity if there is none. */
  get nextAt(): number {
    this.#dropRemoved()
    return this.#heap[0]?.at ?? Infinity
  }

  add(at: number, fire: () => void): Timer {
    const timer: Timer = { at, order: this.#added++, fire }
    this.#heap.push(timer)
    this.#up(this.#heap.length - 1)
    return timer
  }

  remove(timer: Timer): void {
    this.#removed.add(timer)
  }

  takeNext(): Timer | undefined {
    this.#dropRemoved()
    return this.#pop()
  }

  #dropRemoved(): void {
    for (
      let first = this.#heap[0];
      first !== undefined && this.#removed.delete(first);
      first = this.#heap[0]
    ) {
      this.#pop()
    }
  }

  #pop(): Timer | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    this.#heap[0] = last
    this.#down(0)
    return first
  }

  #up(index: number): void {
    for (let child = index; child > 0;) {
      const parent = (child - 1) >> 1
      if (!this.#swapIfEarlier(child, parent)) return
      child = parent
    }
  }

  #down(index: number): void {
    for (let parent = index; ;) {
      const left = 2 * parent + 1
      const child = this.#earlier(left + 1, left) ? left + 1 : left
      if (!this.#swapIfEarlier(child, parent)) return
      parent = child
    }
  }

  #earlier(a: number, b: number): boolean {
    const first = this.#heap[a]
    const second = this.#heap[b]
    if (first === undefined || second === undefined) return false
    return first.at < second.at || (first.at === second.at && first.order < second.order)
  }

  #swapIfEarlier(a: number, b: number): boolean {
    const first = this.#heap[a]
    const second = this.#heap[b]
    if (first === undefined || second === undefined || !this.#earlier(a, b)) return false
    this.#heap[a] = second
    this.#heap[b] = first
    return true
  }
}
