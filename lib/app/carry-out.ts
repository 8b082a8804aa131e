import type { CredentialSource } from '../alibaba/transport/credentials.ts'
import type { RotationConfig, RotationRequest } from '../config/types.ts'
import { languageNamed } from '../core/language.ts'
import type { NotifyOptions } from '../notify/notify.ts'
import { storeReceipts, type StoreReceiptsOptions } from '../receipts/store-receipts.ts'
import type { Author } from '../receipts/receipt.ts'
import type { RotationEnvironment } from '../rotation/ports.ts'
import type { Report } from '../rotation/report/report.ts'

/** Runs a request; throws only if it names something that does not exist. */
export type RunRequest = (
  request: RotationRequest,
  config: RotationConfig,
  environment: RotationEnvironment,
) => Promise<Report>

export interface CarryOutOptions {
  readonly request: RotationRequest
  readonly config: RotationConfig
  readonly environment: RotationEnvironment
  readonly run: RunRequest
  /** Who asked for it: written into the receipt. */
  readonly by: Author
  /** Used only if receipts go to OSS. */
  readonly credentials: () => CredentialSource
  readonly env: Readonly<Record<string, string | undefined>>
  /** Notifies people. Default: nobody, as the user of the command reads its report. */
  readonly notify?: (options: NotifyOptions) => Promise<void>
  /** Stores the report as receipts. Default: where the configuration says. */
  readonly keep?: (options: StoreReceiptsOptions) => Promise<void>
}

/**
 * Runs a request, notifies people and stores receipts: what the function and the command line share. Neither notifying
 * nor storing throws.
 *
 * @throws RotatorError `usage` for an unknown group or leaked key.
 */
export async function carryOut(options: CarryOutOptions): Promise<Report> {
  const { request, config, environment, run, by, credentials, env, notify, keep = storeReceipts } = options
  const { clock, log } = environment
  const report = await run(request, config, environment)
  await Promise.all([
    notify?.({ report, config, environment, language: languageNamed(env['LIVE_KEY_LANG']) }),
    keep({ report, request, by, config, clock, log, credentials, env }),
  ])
  return report
}
