import type { GroupConfig } from '../../config/types.ts'

/** The cloud tells its time in whole seconds: a smaller gap says nothing. */
const RESOLUTION_MS = 1_000

/**
 * Whether the clocks are so far apart that a push cannot be told from before or after a switch. Nothing is retired,
 * revoked or cut by time then. Pure.
 *
 * @param aheadMs - How far the cloud's clock is ahead of this one.
 */
export function clocksDisagree(aheadMs: number, { overlap }: Pick<GroupConfig, 'overlap'>): boolean {
  return Math.abs(aheadMs) > Math.max(RESOLUTION_MS, overlap.clockSkewMs - RESOLUTION_MS)
}
