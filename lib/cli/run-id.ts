import { randomBytes } from 'node:crypto'

/** The id of a run without --id. */
export function newRunId(): string {
  return `cli-${randomBytes(6).toString('hex')}`
}
