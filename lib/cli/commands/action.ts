import { parseRequest } from '../../config/request.ts'
import type { Action, RotationRequest } from '../../config/types.ts'
import { RotatorError } from '../../core/errors.ts'
import { storeReceipts } from '../../receipts/index.ts'
import type { Report } from '../../rotation/report/report.ts'
import { configurationOf } from '../configuration.ts'
import { chooseCredentials } from '../credentials.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { GlobalOptions, Io, Result } from '../io.ts'
import { startProgress } from '../progress/progress.ts'
import { newRunId } from '../run-id.ts'
import { runRequest } from '../run-request.ts'
import type { Services } from '../services.ts'
import { styleOf } from '../style.ts'
import { reportText } from '../text/report-text.ts'

/** How long a run waits for receivers unless it is told to stay. Only waiting is bounded: its effects are not. */
const WAITS_MS = 5 * 60_000

/** The options of `rotate`; the other actions have some of them. */
export interface ActionOptions extends GlobalOptions {
  readonly group?: string
  readonly emergency?: boolean
  readonly leaked?: readonly string[]
  readonly onRunningStreams?: string
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly reason?: string
  readonly id?: string
  readonly wait?: boolean
}

/**
 * The request that the options of a command come to.
 *
 * @throws RotatorError `usage`
 */
export function requestOf(action: Action, options: ActionOptions): RotationRequest {
  const { group, emergency = false, leaked = [], onRunningStreams, force, dryRun, reason, id } = options
  if (!emergency && leaked.length > 0) throw new RotatorError('usage', '--leaked goes only with --emergency')
  if (!emergency && onRunningStreams !== undefined) {
    throw new RotatorError('usage', '--on-running-streams goes only with --emergency')
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

/** Runs one of the four actions here, shows how it goes, and reports. */
export async function runAction(
  action: Action,
  options: ActionOptions,
  io: Io,
  services: Services,
): Promise<Result> {
  const request = requestOf(action, options)
  const config = configurationOf(options, io)
  const looksOnly = action === 'status' || request.dryRun
  const progress = startProgress(io)
  let report: Report
  io.interrupted.addEventListener('abort', () => {
    const kept = looksOnly ? '' : ': what is done stays done, and the next run goes on from there'
    progress.say({ kind: 'note', text: `stopping${kept} (Ctrl-C again to quit at once)` })
  })
  try {
    const { open } = await services.connect({ config, io, log: progress.log })
    const waitsMs = options.wait === true ? Infinity : WAITS_MS
    report = await runRequest(request, config, { io, run: services.run, open, log: progress.log, waitsMs })
    if (looksOnly && io.interrupted.aborted) {
      throw new RotatorError('deadline', 'stopped before everything was read; nothing was changed')
    }
    await storeReceipts({
      report,
      request,
      by: { user: io.env['USER'] ?? io.env['USERNAME'] ?? 'unknown' },
      config,
      clock: io.clock,
      log: progress.log,
      credentials: () => chooseCredentials(config, io),
      env: io.env,
    })
  } finally {
    progress.stop()
  }
  return {
    document: report,
    text: reportText(report, styleOf(io.stdout, io.env)),
    exitCode: exitCodeOf(report),
  }
}
