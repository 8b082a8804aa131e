import { createHmac } from 'node:crypto'
import { ApiError } from './api-error.ts'
import { equal, type SignedRequest } from './authenticate.ts'
import { canonicalQuery, percentEncode, type WireRequest } from './wire.ts'

/**
 * Reads a request with an RPC signature, version 1 (HMAC-SHA1): @alicloud/kms20160120, @alicloud/pop-core and the older
 * half of all SDKs. Query and urlencoded body are signed alike.
 *
 * @throws ApiError if a part of the signature is missing or not supported.
 */
export function readRpc(request: WireRequest): SignedRequest {
  const pairs = [...request.query, ...request.form]
  const parameters = new Map(pairs)
  const required = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined || value === '') {
      throw new ApiError(400, `Missing${name}`, `${name} is mandatory for this action.`)
    }
    return value
  }
  const accessKeyId = required('AccessKeyId')
  const signature = required('Signature')
  if (required('SignatureMethod') !== 'HMAC-SHA1' || required('SignatureVersion') !== '1.0') {
    throw new ApiError(400, 'InvalidSignatureMethod', 'The specified signature method is not supported.')
  }
  return {
    accessKeyId,
    securityToken: parameters.get('SecurityToken') ?? null,
    timestamp: parameters.get('Timestamp') ?? '',
    nonce: required('SignatureNonce'),
    isSignedWith: (secret) => equal(signature, sign(request.method, pairs, secret)),
  }
}

function sign(method: string, pairs: WireRequest['query'], secret: string): string {
  const signed = pairs.filter(([name]) => name !== 'Signature')
  const text = `${method}&${percentEncode('/')}&${percentEncode(canonicalQuery(signed))}`
  return createHmac('sha1', `${secret}&`).update(text).digest('base64')
}
