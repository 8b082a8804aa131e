import type { AlibabaOptions } from '../alibaba/create-alibaba.ts'
import { fixedCredentials } from '../alibaba/transport/credentials.ts'
import { configDigest } from '../config/digest.ts'
import { parseEvent } from '../config/event.ts'
import type { RotationConfig } from '../config/types.ts'
import type { Clock, Random } from '../core/clock.ts'
import type { NotifyOptions } from '../notify/notify.ts'
import type { StoreReceiptsOptions } from '../receipts/store-receipts.ts'
import type { RotationEnvironment } from '../rotation/ports.ts'
import type { Probe } from '../rotation/probe.ts'
import { throwIfFailed } from '../rotation/report/outcome.ts'
import type { Report } from '../rotation/report/report.ts'
import { run } from '../rotation/run.ts'
import { carryOut } from './carry-out.ts'
import { readContext, timeOf } from './function-context.ts'
import { jsonLog } from './json-log.ts'

/** What an invocation needs from outside. */
export interface Dependencies {
  /** Called once per invocation; throws RotatorError `config` for an invalid file. */
  readonly configuration: () => RotationConfig
  readonly clock: Clock
  readonly random: Random
  readonly probe: Probe
  /** Connects to KMS and Live with the invocation's credentials. */
  readonly connect: (options: AlibabaOptions) => Pick<RotationEnvironment, 'open'>
  /** Notifies people; never throws. */
  readonly notify: (options: NotifyOptions) => Promise<void>
  /** Stores the report as receipts; never throws. */
  readonly storeReceipts: (options: StoreReceiptsOptions) => Promise<void>
  readonly write: (line: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * One invocation of the rotator, from Function Compute's event to the report.
 *
 * @throws RotatorError `usage` or `config` for a wrong request, context or configuration; `rotationFailed`, with the
 *   report in its message, if a group is `failed` or `incomplete`.
 */
export async function invoke(
  event: Buffer,
  rawContext: unknown,
  dependencies: Dependencies,
): Promise<Report> {
  const { clock, random, probe, env, notify, storeReceipts } = dependencies
  const startedAt = clock.now()
  const context = readContext(rawContext)
  const parsed = parseEvent(event)
  const request = { ...parsed, id: parsed.id ?? context.requestId }
  const config = dependencies.configuration()
  const log = jsonLog(context.requestId, clock, dependencies.write, env['LOG_LEVEL'])
  // Credentials belong to the invocation: a client kept in a warm instance would have expired ones.
  const credentials = fixedCredentials(context.credentials)
  const { deadline, waitUntil } = timeOf(context, startedAt)
  const { open } = dependencies.connect({
    config,
    credentials,
    accountId: context.accountId,
    clock,
    random,
    log,
    deadline,
    stsEndpoint: env['ROTATOR_STS_ENDPOINT'] || undefined,
  })
  const report = await carryOut({
    request,
    config,
    environment: { clock, random, log, probe, open, deadline, waitUntil },
    run,
    by: { functionRequest: context.requestId },
    credentials: () => credentials,
    env,
    notify,
    keep: storeReceipts,
  })
  return throwIfFailed({ ...report, configuration: configDigest(config) })
}
