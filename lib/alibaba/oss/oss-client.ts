import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { boundedText } from '../../core/bounded-text.ts'
import type { Clock } from '../../core/clock.ts'
import { hasCode, RotatorError, unavailable } from '../../core/errors.ts'
import { noAnswerReason } from '../../core/no-answer.ts'
import { retry } from '../../throttle/retry.ts'
import type { CredentialSource } from '../transport/credentials.ts'
import { parseEndpoint } from '../transport/endpoint.ts'
import { meaningOf } from '../transport/error-codes.ts'
import { encodedPath, signedHeaders } from './oss-signature.ts'

const TIMEOUT_MS = 5_000
const RETRY_PAUSE_MS = 500

export interface OssClientOptions {
  readonly bucket: string
  readonly region: string
  /** `scheme://host[:port]`. Default: the region's public one. Its name tells the bucket's region. */
  readonly endpoint?: string | undefined
  readonly credentials: CredentialSource
  readonly clock: Clock
}

/**
 * Writes to one OSS bucket: PutObject with a V4 signature. Needs `oss:PutObject`.
 *
 * @throws RotatorError `config` for a plain http endpoint on another machine.
 */
export class OssClient {
  readonly #options: OssClientOptions
  readonly #region: string
  readonly #base: string

  constructor(options: OssClientOptions) {
    const { bucket, region, endpoint = `https://oss-${region}.aliyuncs.com` } = options
    const { protocol, host } = parseEndpoint(endpoint)
    this.#options = options
    this.#region = /^oss-(.+?)(-internal)?\.aliyuncs\.com$/.exec(host)?.[1] ?? region
    // An IP address cannot have the bucket as a subdomain: the emulator takes it in the path.
    const isAddress = isIP(new URL(`${protocol}://${host}`).hostname) > 0
    this.#base = isAddress ? `${protocol}://${host}/${bucket}` : `${protocol}://${bucket}.${host}`
  }

  /**
   * Stores a new JSON object; never overwrites one (`x-oss-forbid-overwrite`). Makes at most two HTTPS requests.
   *
   * @throws RotatorError `alreadyExists` for a name that is taken, `denied`, `notFound`, `badCredentials`, `unavailable`,
   *   `invalidRequest`; its message is the server's code, or why there was no answer.
   */
  async putNew(key: string, body: string): Promise<void> {
    const { clock } = this.#options
    let sent = 0
    const put = async (): Promise<void> => {
      sent++
      await this.#put(key, body)
    }
    try {
      await retry(put, {
        attempts: 2,
        baseMs: RETRY_PAUSE_MS,
        capMs: RETRY_PAUSE_MS,
        clock,
        random: () => 1,
      })
    } catch (error) {
      // The first attempt was stored; only its answer was lost.
      if (sent > 1 && hasCode(error, 'alreadyExists')) return
      throw error
    }
  }

  async #put(key: string, body: string): Promise<void> {
    const { bucket, credentials, clock } = this.#options
    const headers = {
      'content-type': 'application/json',
      // The payload is not part of the signature, but this is.
      'content-md5': createHash('md5').update(body).digest('base64'),
      'x-oss-forbid-overwrite': 'true',
    }
    const request = { method: 'PUT', bucket, key, headers }
    const signed = signedHeaders(request, await credentials.get(), this.#region, clock.now())
    let refusal: RotatorError | null
    try {
      const response = await fetch(`${this.#base}${encodedPath(key)}`, {
        method: 'PUT',
        redirect: 'manual',
        headers: signed,
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await boundedText(response)
      refusal = response.ok ? null : refusalOf(response.status, text)
    } catch (error) {
      throw unavailable(noAnswerReason(error, TIMEOUT_MS))
    }
    if (refusal !== null) throw refusal
  }
}

function refusalOf(status: number, text: string): RotatorError {
  const vendorCode = /<Code>([A-Za-z.]{1,64})<\/Code>/.exec(text)?.[1]
  const { code, retryable } = meaningOf(vendorCode, status) ?? { code: 'unavailable', retryable: true }
  return new RotatorError(code, vendorCode ?? `status ${status}`, {
    // Only a server's failure is worth a retry; a refusal stays one.
    retryable: retryable && status >= 500,
    vendorCode: vendorCode ?? `status ${status}`,
  })
}
