import type { CallRecord } from '../../emulator/index.ts'
import type { Report } from '../../rotation/report/report.ts'

/** The demo's result, as `--json` prints it. */
export interface DemoFigures {
  readonly domains: number
  /** Domains that the emulator has on the new key. */
  readonly rotated: number
  /** From the first set to the last confirmation, as the emulator saw them. */
  readonly elapsedMs: number
  /** The least time that the configured rate allows for as many sets. */
  readonly limitMs: number
  /** Calls that the emulator refused for their rate. */
  readonly throttled: number
  readonly callbacks: {
    readonly sent: number
    readonly accepted: number
    readonly quarantined: number
    readonly rejected: number
    /** Accepted ones that the new key signed. */
    readonly newKey: number
  }
  readonly forged: { readonly sent: number; readonly accepted: number }
  /**
   * Emergency only: when every instance had shown that it no longer trusts the leaked keys (null: not all did), and
   * when a forged callback under one was last accepted.
   */
  readonly cutOff?: { readonly shownMs: number | null; readonly seenMs: number }
  readonly report: Report
}

/** The domains are set one after the other, so the last waits for all before it. */
export function leastTimeMs(sets: number, rate: number): number {
  return Math.max(0, ((sets - 1) * 1_000) / rate)
}

/** From the first set to the last read-back after a set, in the server's own records. */
export function elapsedMs(calls: readonly CallRecord[]): number {
  const done = calls.filter(({ status }) => status === 200)
  const sets = done.filter(({ action }) => action === 'SetSnapshotCallbackAuth')
  const lastSet = new Map(sets.map(({ target, tick }) => [target, tick]))
  const confirmed = [...lastSet].flatMap(([domain, setAt]) => {
    const readBack = done.find(
      ({ action, target, tick }) =>
        action === 'QuerySnapshotCallbackAuth' && target === domain && tick >= setAt,
    )
    return readBack === undefined ? [] : [readBack.tick]
  })
  if (confirmed.length === 0) return 0
  return Math.round(Math.max(...confirmed) - Math.min(...sets.map(({ tick }) => tick)))
}

/** Whether the demo showed all that it promises. */
export function isFlawless({ domains, rotated, callbacks, forged, report }: DemoFigures): boolean {
  return (
    report.ok &&
    rotated === domains &&
    callbacks.rejected === 0 &&
    callbacks.newKey > 0 &&
    forged.accepted === 0
  )
}
