import type { GroupConfig } from '../../config/types.ts'

/** The cloud reports whole seconds: a smaller gap proves nothing. */
const RESOLUTION_MS = 1_000

/**
 * Whether the clocks are too far apart to tell whether a push came before or after a switch. If so, nothing is retired,
 * revoked or cut by time. Pure.
 *
 * @param aheadMs - How far the cloud's clock is ahead of this one.
 */
export function clocksDisagree(aheadMs: number, { overlap }: Pick<GroupConfig, 'overlap'>): boolean {
  return Math.abs(aheadMs) > Math.max(RESOLUTION_MS, overlap.clockSkewMs - RESOLUTION_MS)
}
