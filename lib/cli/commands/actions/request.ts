import { parseRequest } from '../../../config/request.ts'
import type { Action, RotationRequest } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { given } from '../../next/asked.ts'
import { newRunId } from '../../run-id.ts'

/** The options of the actions; each command has some of them. */
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
 * The request that a command's options describe.
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

/** The request as options of both `rotate` and `invoke`. */
export function requestFlags(options: ActionOptions): string[] {
  const { group, emergency, leaked = [], onRunningStreams, force, dryRun, reason, id } = options
  return [
    ...(emergency === true ? ['--emergency'] : []),
    ...leaked.flatMap((kid) => ['--leaked', kid]),
    ...given({ 'on-running-streams': onRunningStreams, group }),
    ...(force === true ? ['--force'] : []),
    ...(dryRun === true ? ['--dry-run'] : []),
    ...given({ reason, id }),
  ]
}
