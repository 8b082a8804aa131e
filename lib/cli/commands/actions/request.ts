import { parseRequest } from '../../../config/request.ts'
import type { Action, RotationRequest } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { newRunId } from '../../run-id.ts'

/** What may be asked of an action; each command has some of it. */
export interface ActionOptions {
  readonly group?: string | undefined
  readonly emergency?: boolean | undefined
  readonly leaked?: readonly string[] | undefined
  readonly onRunningStreams?: string | undefined
  readonly force?: boolean | undefined
  readonly dryRun?: boolean | undefined
  readonly reason?: string | undefined
  readonly id?: string | undefined
}

/**
 * The request that the options of a command come to.
 *
 * @throws RotatorError `usage`
 */
export function requestOf(action: Action, options: ActionOptions): RotationRequest {
  const { group, emergency = false, leaked = [], onRunningStreams, force, dryRun, reason, id } = options
  if (!emergency && leaked.length > 0) throw new RotatorError('usage', '--leaked needs --emergency')
  if (!emergency && onRunningStreams !== undefined) {
    throw new RotatorError('usage', '--on-running-streams needs --emergency')
  }
  return parseRequest({
    action,
    group,
    emergency,
    leaked,
    onRunningStreams,
    force,
    dryRun,
    reason,
    id: id ?? newRunId(),
  })
}
