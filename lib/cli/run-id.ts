import { randomBytes } from 'node:crypto'

/** The id of a run that was given none. */
export function newRunId(): string {
  return `cli-${randomBytes(6).toString('hex')}`
}
