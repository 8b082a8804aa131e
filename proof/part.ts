/** One claim, what was measured, and whether it holds. */
export interface Row {
  readonly what: string
  readonly measured: string
  readonly demanded: string
  readonly holds: boolean
}

export interface Scope {
  /** The small part that `npm run check` runs. */
  readonly slice: boolean
  /** Rates of the load test are divided by it; a machine with other work to do keeps up with less. */
  readonly loadDivisor: number
  /** Where pictures go; null for nowhere. */
  readonly pictures: string | null
}

export interface Part {
  readonly name: string
  readonly title: string
  /** What is done, in a few sentences. */
  readonly about: string
  /** Measures in real time, so that nothing else may run beside it. */
  readonly alone?: boolean
  readonly run: (scope: Scope) => Promise<readonly Row[]>
}

/** A row for something that must not happen: it holds when `found` is empty, and shows the first that was found. */
export function none(what: string, cases: number, found: readonly string[]): Row {
  const [first] = found
  return {
    what,
    measured:
      first === undefined ? `0 of ${count(cases)}` : `${count(found.length)} of ${count(cases)}, as ${first}`,
    demanded: '0',
    holds: first === undefined && cases > 0,
  }
}

export function count(number: number): string {
  return number.toLocaleString('en-US')
}
