export const FAULT_KINDS = [
  'throttle',
  'error',
  'html',
  'empty',
  'reset',
  'drop',
  'dropAfter',
  'latency',
  'hang',
  'hangAfter',
  'crash',
  'crashAfter',
] as const

/**
 * - `throttle`: refused for its rate. `error`: `status`, `code`, `message` (default 500 `InternalError`).
 * - `html`: a proxy's 502 page. `empty`: 200 without a body.
 * - `reset`, `drop`: the connection breaks (by RST, by FIN) before there was any effect; `dropAfter`: after it.
 * - `latency`: `ms` of the world's clock before the call is handled. `hang`: no answer, no effect; `hangAfter`: no
 *   answer, but the effect.
 * - `crash`, `crashAfter`: the cloud's process ends before or after the effect, without an answer.
 */
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface FaultRule {
  readonly kind: FaultKind
  /** An action; absent for all. */
  readonly action?: string
  /** Parameters that the call must have. */
  readonly where?: Readonly<Record<string, string>>
  /** How many matching calls to let pass first. Default 0. */
  readonly after?: number
  /** How many calls to hit then. Default 1. */
  readonly times?: number | 'always'
  readonly status?: number
  readonly code?: string
  readonly message?: string
  readonly ms?: number
}

interface ActiveRule {
  readonly rule: FaultRule
  skip: number
  left: number
}

/** The requested faults. A call meets at most one latency and one other fault; the earliest rule wins. */
export class Faults {
  #active: ActiveRule[] = []

  add(rule: FaultRule): void {
    const left = rule.times === 'always' ? Infinity : (rule.times ?? 1)
    this.#active.push({ rule, skip: rule.after ?? 0, left })
  }

  clear(): void {
    this.#active = []
  }

  /** The rules that still wait for calls. */
  get waiting(): readonly FaultRule[] {
    return this.#active.map(({ rule }) => rule)
  }

  /** The faults for one call; counts it against the matching rules. */
  take(
    action: string,
    parameters: ReadonlyMap<string, string>,
  ): { latencyMs: number; fault: FaultRule | null } {
    let latencyMs = 0
    let fault: FaultRule | null = null
    for (const active of this.#active) {
      const { rule } = active
      if (!fits(rule, action, parameters)) continue
      if (rule.kind !== 'latency' && fault !== null) continue
      if (active.skip > 0) {
        active.skip--
        continue
      }
      active.left--
      if (rule.kind === 'latency') latencyMs += rule.ms ?? 0
      else fault = rule
    }
    this.#active = this.#active.filter(({ left }) => left > 0)
    return { latencyMs, fault }
  }
}

function fits(rule: FaultRule, action: string, parameters: ReadonlyMap<string, string>): boolean {
  if (rule.action !== undefined && rule.action !== action) return false
  return Object.entries(rule.where ?? {}).every(([name, value]) => parameters.get(name) === value)
}
