import type { AlibabaOptions } from '../../lib/alibaba/transport/account.ts'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import type { Clock, Random } from '../../lib/core/clock.ts'
import { parseEvent, type RotationConfig } from '../../lib/config/index.ts'
import type { NotifyOptions } from '../../lib/notify/index.ts'
import type { StoreReceiptsOptions } from '../../lib/receipts/index.ts'
import { throwIfFailed } from '../../lib/rotation/report/outcome.ts'
import type { Probe, RotationEnvironment } from '../../lib/rotation/ports.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { run } from '../../lib/rotation/run.ts'
import { readContext, timeOf } from './context.ts'
import { jsonLog } from './log.ts'

/** What one invocation needs of the world around it. */
export interface Surroundings {
  /** Called once an invocation; throws RotatorError `config` for a wrong file. */
  readonly configuration: () => RotationConfig
  readonly clock: Clock
  readonly random: Random
  readonly probe: Probe
  /** The way to KMS and Live, with the credentials of the invocation. */
  readonly connect: (options: AlibabaOptions) => Pick<RotationEnvironment, 'open'>
  /** Tells people what needs them; never throws. */
  readonly notify: (options: NotifyOptions) => Promise<void>
  /** Keeps the report as evidence; never throws. */
  readonly storeReceipts: (options: StoreReceiptsOptions) => Promise<void>
  readonly write: (line: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * One invocation of the rotator, from the event that Function Compute hands over to the report.
 *
 * @throws RotatorError as the handler in `index.ts` says.
 */
export async function invoke(event: Buffer, rawContext: unknown, around: Surroundings): Promise<Report> {
  const { clock, random, probe, env } = around
  const startedAt = clock.now()
  const context = readContext(rawContext)
  const parsed = parseEvent(event)
  const request = { ...parsed, id: parsed.id ?? context.requestId }
  const config = around.configuration()
  const log = jsonLog(context.requestId, clock, around.write, env['LOG_LEVEL'])
  // Credentials are the invocation's own: a client that is kept in a warm instance would hold expired ones.
  const credentials = fixedCredentials(context.credentials)
  const { accountId } = context
  const { deadline, waitUntil } = timeOf(context, startedAt)
  const stsEndpoint = env['ROTATOR_STS_ENDPOINT'] || undefined
  const { open } = around.connect({
    config,
    credentials,
    accountId,
    clock,
    random,
    log,
    deadline,
    stsEndpoint,
  })
  const environment = { clock, random, log, probe, open, deadline, waitUntil }
  const report = await run(request, config, environment)
  await Promise.all([
    around.notify({ report, config, environment }),
    around.storeReceipts({
      report,
      request,
      by: { functionRequest: context.requestId },
      config,
      clock,
      log,
      credentials: () => credentials,
      env,
    }),
  ])
  return throwIfFailed(report)
}
