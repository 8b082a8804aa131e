import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { CredentialSource } from '../alibaba/transport/credentials.ts'
import { parseEndpoint } from '../alibaba/transport/endpoint.ts'
import type { Clock } from '../core/clock.ts'
import { RotatorError, type ErrorCode } from '../core/errors.ts'
import { encodedPath, signedHeaders } from '../alibaba/oss/oss-signature.ts'
import type { ReceiptStore } from './receipt-store.ts'

const TIMEOUT_MS = 5_000
const RETRY_PAUSE_MS = 500

export interface OssStoreOptions {
  readonly bucket: string
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string
  readonly region: string
  /** `scheme://host[:port]`. Default: the region's public one. The bucket's region is read from its name. */
  readonly endpoint?: string | undefined
  readonly credentials: CredentialSource
  readonly clock: Clock
}

/**
 * A bucket of OSS, by PutObject with `x-oss-forbid-overwrite`: a name that is taken is refused (FileAlreadyExists).
 * Needs `oss:PutObject` on the prefix, and nothing else.
 *
 * @throws RotatorError `config` for an endpoint that is plain http and not on this machine, or a prefix with `..`.
 */
export function ossStore(options: OssStoreOptions): ReceiptStore {
  const { bucket, prefix, clock } = options
  const endpoint = parseEndpoint(options.endpoint ?? `https://oss-${options.region}.aliyuncs.com`)
  const region = /^oss-(.+?)(-internal)?\.aliyuncs\.com$/.exec(endpoint.host)?.[1] ?? options.region
  if (prefix.split('/').some((part) => part === '.' || part === '..')) {
    throw new RotatorError('config', `receipts must be oss://bucket/prefix without . or .. in "${prefix}"`)
  }
  const origin = `${endpoint.protocol}://`
  // An address cannot have a bucket before it: the local cloud has it in the path.
  const address = isIP(new URL(origin + endpoint.host).hostname) > 0
  const base = address ? `${origin}${endpoint.host}/${bucket}` : `${origin}${bucket}.${endpoint.host}`

  const put = async (key: string, body: string): Promise<Answer> => {
    const headers = {
      'content-type': 'application/json',
      // The payload is not part of the signature, but this is.
      'content-md5': createHash('md5').update(body).digest('base64'),
      'x-oss-forbid-overwrite': 'true',
    }
    const credentials = await options.credentials.get()
    return send(`${base}${encodedPath(key)}`, {
      method: 'PUT',
      redirect: 'manual',
      headers: signedHeaders({ method: 'PUT', bucket, key, headers }, credentials, region, clock.now()),
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  }

  return {
    put: async (name, text) => {
      const key = prefix === '' ? name : `${prefix}/${name}`
      let answer = await put(key, text)
      const again = answer.status === null || answer.status >= 500
      if (again) {
        await clock.sleep(RETRY_PAUSE_MS)
        answer = await put(key, text)
        // The first try was stored, only its answer was lost.
        if (answer.code === 'FileAlreadyExists') return
      }
      if (!answer.ok) throw refusedBy(answer, `oss://${bucket}/${key}`)
    },
  }
}

interface Answer {
  readonly ok: boolean
  /** null when there was no answer. */
  readonly status: number | null
  readonly code: string
}

async function send(url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, init)
    const text = await response.text()
    const code = /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? `status ${response.status}`
    return { ok: response.ok, status: response.status, code }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return {
      ok: false,
      status: null,
      code: timedOut ? `no answer in ${TIMEOUT_MS / 1000} s` : 'no connection',
    }
  }
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'denied',
  NoSuchBucket: 'notFound',
  FileAlreadyExists: 'alreadyExists',
  InvalidAccessKeyId: 'badCredentials',
  SignatureDoesNotMatch: 'badCredentials',
}

function refusedBy({ code, status }: Answer, where: string): RotatorError {
  const ours = CODES[code] ?? (status === null || status >= 500 ? 'unavailable' : 'invalidRequest')
  return new RotatorError(
    ours,
    `the receipt ${where} was not stored (${code}): see that the bucket exists in this region, and that the role may ` +
      'call oss:PutObject on its prefix (docs/ram/receipts.json)',
    { vendorCode: code },
  )
}
