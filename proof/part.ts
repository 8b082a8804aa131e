/** One claim, what was measured, and whether it holds. */
export interface Row {
  readonly what: string
  readonly measured: string
  readonly demanded: string
  readonly holds: boolean
}

export interface Scope {
  /** Only the small slice that `npm run check` runs. */
  readonly slice: boolean
  /** Divides the rates of the load test, for a machine that has other work to do. */
  readonly loadDivisor: number
  /** The folder for pictures; null for none. */
  readonly pictures: string | null
}

export interface Part {
  readonly name: string
  readonly title: string
  /** What the part does, in a few sentences. */
  readonly about: string
  /** Measures real time, so nothing else may run alongside. */
  readonly alone?: boolean
  readonly run: (scope: Scope) => Promise<readonly Row[]>
}

/** A row for something that must not happen: it holds if `found` is empty, and shows the first finding otherwise. */
export function none(what: string, cases: number, found: readonly string[]): Row {
  const [first] = found
  return {
    what,
    measured:
      first === undefined
        ? `0 of ${count(cases)}`
        : `${count(found.length)} of ${count(cases)}, e.g. ${first}`,
    demanded: '0',
    holds: first === undefined && cases > 0,
  }
}

export function count(number: number): string {
  return number.toLocaleString('en-US')
}
