import type { CredentialSource } from '../alibaba/transport/credentials.ts'
import type { Clock } from '../core/clock.ts'
import type { RotationConfig, RotationRequest } from '../config/types.ts'
import { toRotatorError } from '../core/errors.ts'
import type { Log } from '../rotation/ports.ts'
import type { Report } from '../rotation/report/report.ts'
import { folderStore } from './folder-store.ts'
import { ossStore } from './oss-store.ts'
import { receiptsOf, type Author, type Receipt } from './receipt.ts'
import type { ReceiptStore } from './receipt-store.ts'

export interface StoreReceiptsOptions {
  readonly report: Report
  readonly request: RotationRequest
  readonly by: Author
  readonly config: Pick<RotationConfig, 'region' | 'receipts'>
  readonly clock: Clock
  readonly log: Log
  /** Used only if the receipts go to OSS. */
  readonly credentials: () => CredentialSource
  /** `ROTATOR_OSS_ENDPOINT` replaces the region's public OSS endpoint. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Renders a receipt's page, which is stored beside it in a folder. Default: none. */
  readonly page?: (receipt: Receipt) => string
}

/**
 * Stores the receipts of a run where the configuration's `receipts` says, one per group, under
 * `<group>/<yyyy>/<mm>/<time>-<revision>-<outcome>.json`. Never throws: if a receipt cannot be stored, the log has a
 * warning.
 *
 * @example
 * ```ts
 * const report = await run(request, config, environment)
 * await storeReceipts({ report, request, by: { user: 'ops' }, config, clock, log, credentials, env: process.env })
 * ```
 */
export async function storeReceipts(options: StoreReceiptsOptions): Promise<void> {
  const { report, request, by, config, log, page } = options
  if (config.receipts === null) return
  const receipts = receiptsOf(report, request, by)
  if (receipts.length === 0) return
  try {
    const store = openStore(config.receipts, options)
    const isBucket = config.receipts.startsWith('oss://')
    await Promise.all(
      receipts.map(async ({ name, receipt }) => {
        const group = receipt.group.group
        try {
          await store.put(name, `${JSON.stringify(receipt, undefined, 2)}\n`)
          log({ level: 'info', event: 'receipt', group, name })
          if (page !== undefined && !isBucket) await store.put(name.replace(/json$/, 'html'), page(receipt))
        } catch (error) {
          log({ level: 'warn', event: 'noReceipt', group, message: toRotatorError(error).message })
        }
      }),
    )
  } catch (error) {
    log({ level: 'warn', event: 'noReceipt', message: toRotatorError(error).message })
  }
}

function openStore(receipts: string, options: StoreReceiptsOptions): ReceiptStore {
  const match = /^oss:\/\/([^/]+)(.*)$/.exec(receipts)
  if (!match) return folderStore(receipts)
  const [, bucket = '', path = ''] = match
  return ossStore({
    bucket,
    prefix: path.split('/').filter(Boolean).join('/'),
    region: options.config.region,
    endpoint: options.env['ROTATOR_OSS_ENDPOINT'] || undefined,
    credentials: options.credentials(),
    clock: options.clock,
  })
}
