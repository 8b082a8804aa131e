import { join } from 'node:path'
import { createAlibaba } from '../../lib/alibaba/account.ts'
import { fixedCredentials } from '../../lib/alibaba/credentials.ts'
import { systemClock } from '../../lib/clock.ts'
import { loadConfig, parseEvent, type RotationConfig } from '../../lib/config/index.ts'
import { httpProbe } from '../../lib/rotation/http-probe.ts'
import { throwIfFailed } from '../../lib/rotation/outcome.ts'
import type { Report } from '../../lib/rotation/report.ts'
import { run } from '../../lib/rotation/run.ts'
import { deadlineOf, readContext } from './context.ts'
import { jsonLog } from './log.ts'

/**
 * The rotator, as Function Compute calls it: from a timer, by hand, or by an asynchronous retry of either.
 *
 * @param event - A Buffer: empty, a timer event, or the request as JSON.
 * @returns The report. Function Compute makes JSON of it.
 * @throws RotatorError `usage` or `config` for a wrong request or configuration; `rotationFailed`, with the report in its
 *   message, when a group is `failed` or `incomplete`: only what is thrown is retried, raises the alarm and reaches the
 *   failure destination (help.aliyun.com, Function Compute, "error handling").
 */
export async function handler(event: Buffer, rawContext: unknown): Promise<Report> {
  const startedAt = systemClock.now()
  const context = readContext(rawContext)
  const request = parseEvent(event)
  const config = configuration()
  const log = jsonLog(
    context.requestId,
    systemClock,
    (line) => process.stdout.write(line),
    process.env['LOG_LEVEL'],
  )
  // Credentials are the invocation's own: a client that is kept in a warm instance would hold expired ones.
  const alibaba = createAlibaba({
    config,
    credentials: fixedCredentials(context.credentials),
    clock: systemClock,
    random: Math.random,
    log,
  })
  const deadline = deadlineOf(context, startedAt)
  const report = await run({ ...request, id: request.id ?? context.requestId }, config, {
    clock: systemClock,
    random: Math.random,
    log,
    probe: httpProbe(systemClock),
    open: (group) => alibaba.open(group),
    deadline,
    waitUntil: deadline,
  })
  return throwIfFailed(report)
}

let loaded: RotationConfig | undefined

/** Read once an instance; a wrong file is reported at every invocation, by its own error. */
function configuration(): RotationConfig {
  loaded ??= loadConfig({
    path: process.env['ROTATOR_CONFIG'] ?? join(import.meta.dirname, 'rotation.yaml'),
    env: process.env,
  })
  return loaded
}
