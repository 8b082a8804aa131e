import { createHash, createHmac } from 'node:crypto'
import { isoSeconds } from '../../core/clock.ts'
import { ApiError } from '../wire/api-error.ts'
import { equal, type SignedRequest } from '../wire/authenticate.ts'
import { header, type WireRequest } from '../wire/wire.ts'

/**
 * Reads a request signed as in FC 2.0 (`authorization: FC <id>:<signature>`), as @alicloud/fc2 does it.
 *
 * @throws ApiError if there is no such signature.
 */
export function readFc2(request: WireRequest): SignedRequest {
  const { headers } = request
  const match = /^FC ([^:]+):(.+)$/.exec(header(headers, 'authorization'))
  if (match === null) {
    throw new ApiError(400, 'MissingRequiredHeader', 'required HTTP header Authorization was not specified')
  }
  const [, accessKeyId = '', signature = ''] = match
  const token = header(headers, 'x-fc-security-token')
  return {
    accessKeyId,
    securityToken: token === '' ? null : token,
    timestamp: timestampOf(header(headers, 'date')),
    nonce: null,
    isSignedWith: (secret) => hasItsDigest(request) && equal(signature, sign(request, secret)),
  }
}

function sign({ method, path, headers }: WireRequest, secret: string): string {
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-fc-'))
    .sort()
    .map((name) => `${name}:${header(headers, name)}\n`)
  const common = ['content-md5', 'content-type', 'date'].map((name) => header(headers, name))
  const text = `${[method, ...common].join('\n')}\n${own.join('')}${decodeURIComponent(path)}`
  return createHmac('sha256', secret).update(text).digest('base64')
}

/** The base64 of the MD5's hex digits, a peculiarity of this API. */
function hasItsDigest({ headers, body }: WireRequest): boolean {
  const digest = header(headers, 'content-md5')
  const hex = createHash('md5').update(body).digest('hex')
  return digest === '' || equal(digest, Buffer.from(hex).toString('base64'))
}

/** Empty for an invalid date. */
function timestampOf(date: string): string {
  const at = Date.parse(date)
  return Number.isNaN(at) ? '' : isoSeconds(at)
}
