import { join } from 'node:path'
import { createAlibaba } from '../../lib/alibaba/create-alibaba.ts'
// Loads the SDKs at start, so that a ready instance really is ready.
import '../../lib/alibaba/kms/kms-client.ts'
import '../../lib/alibaba/live/live-client.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { quietNodeDebug } from '../../lib/core/quiet-node-debug.ts'
import { loadConfig } from '../../lib/config/load.ts'
import type { RotationConfig } from '../../lib/config/types.ts'
import { notify } from '../../lib/notify/notify.ts'
import { httpProbe } from '../../lib/rotation/http-probe.ts'
import { storeReceipts } from '../../lib/receipts/store-receipts.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { invoke } from '../../lib/app/invocation.ts'

quietNodeDebug()

/**
 * The rotator, which Function Compute calls for a timer, for a manual invocation, or for an asynchronous retry of
 * either.
 *
 * @param event - A Buffer: empty, a timer event, or the request as JSON.
 * @returns The report. Function Compute turns it into JSON.
 * @throws RotatorError `usage` or `config` for a wrong request or configuration; `rotationFailed`, with the report in
 *   its message, if a group is `failed` or `incomplete`: only an error is retried, raises the alarm and reaches the
 *   failure destination (help.aliyun.com, Function Compute, "error handling").
 */
export function handler(event: Buffer, context: unknown): Promise<Report> {
  return invoke(event, context, {
    configuration,
    clock: systemClock,
    random: Math.random,
    probe: httpProbe(systemClock),
    connect: createAlibaba,
    notify,
    storeReceipts,
    write: (line) => process.stdout.write(line),
    env: process.env,
  })
}

/** Read at every invocation: they are far apart, and a warm instance must not keep an old configuration. */
function configuration(): RotationConfig {
  const path = process.env['ROTATOR_CONFIG'] || join(import.meta.dirname, 'rotation.yaml')
  return loadConfig({ path, env: process.env })
}
