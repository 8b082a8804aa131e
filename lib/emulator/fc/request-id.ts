import { randomBytes } from 'node:crypto'
import { systemClock } from '../../core/clock.ts'

/** A request id of Function Compute 3.0, such as `1-65dd9ece-123e1745-e6b2fe71423f`: the second part is the time. */
export function requestIdV3(): string {
  const seconds = Math.floor(systemClock.now() / 1_000).toString(16)
  return `1-${seconds}-${randomBytes(4).toString('hex')}-${randomBytes(6).toString('hex')}`
}
