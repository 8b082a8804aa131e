import { OssClient, type OssClientOptions } from '../alibaba/oss/oss-client.ts'
import { RotatorError } from '../core/errors.ts'
import type { ReceiptStore } from './receipt-store.ts'

export interface OssStoreOptions extends OssClientOptions {
  /** Without leading or trailing slashes; may be empty. */
  readonly prefix: string
}

/**
 * A prefix of an OSS bucket. Refuses a name that exists. Needs only `oss:PutObject` on the prefix.
 *
 * @throws RotatorError `config` for a plain http endpoint on another machine, or a prefix with `..`.
 */
export function ossStore(options: OssStoreOptions): ReceiptStore {
  const { bucket, prefix } = options
  const client = new OssClient(options)
  if (prefix.split('/').some((part) => part === '.' || part === '..')) {
    throw new RotatorError('config', `receipts must be oss://bucket/prefix without . or .. in "${prefix}"`)
  }
  return {
    put: async (name, text) => {
      const key = prefix === '' ? name : `${prefix}/${name}`
      try {
        await client.putNew(key, text)
      } catch (error) {
        throw error instanceof RotatorError ? notStored(`oss://${bucket}/${key}`, error) : error
      }
    },
  }
}

function notStored(where: string, error: RotatorError): RotatorError {
  const { code, message, vendorCode } = error
  return new RotatorError(
    code,
    `the receipt ${where} was not stored (${message}): check that the bucket exists in this region and that the role may ` +
      'call oss:PutObject on its prefix (docs/ram/receipts.json)',
    { cause: error, vendorCode },
  )
}
