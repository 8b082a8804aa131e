import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timedOut, translateError, type CallName } from '../../lib/alibaba/transport/errors.ts'
import { RotatorError, type ErrorCode } from '../../lib/core/errors.ts'

const CALL: CallName = {
  api: 'SetSnapshotCallbackAuth',
  product: 'live',
  subject: 'domain live1.example.com',
}
const KEY = 'k3Y0aB9cD8eF7gH6iJ5kL4mN3oP2qR1s'
const REQUEST_ID = '9E6FCE14-AE16-4162-A9C6-088072676CC7'

/** An error as each generation of the SDKs makes it of the same answer. */
const GENERATIONS: Record<string, (status: number, code: string, message: string) => Error> = {
  'openapi-core': (status, code, message) =>
    Object.assign(new Error(`${code}: code: ${status}, ${message} request id: ${REQUEST_ID}`), {
      name: 'ClientError',
      code,
      statusCode: status,
      data: { Code: code, Message: message, RequestId: REQUEST_ID, HostId: 'live.aliyuncs.com' },
      requestId: REQUEST_ID,
      description: 'undefined',
      accessDeniedDetail: null,
    }),
  kms20160120: (status, code, message) =>
    Object.assign(new Error(`${code}Error: code: ${status}, ${message} requestid: ${REQUEST_ID}`), {
      code: `${code}Error`,
      data: { HttpStatus: status, Code: code, Message: message, RequestId: REQUEST_ID },
    }),
  'pop-core': (_status, code, message) =>
    Object.assign(
      new Error(
        `${message}, URL: https://kms.aliyuncs.com/?SecretData=${KEY}&Signature=abcdefghijklmnop%3D&SecretName=x`,
      ),
      {
        name: `${code}Error`,
        code,
        url: `https://kms.aliyuncs.com/?SecretData=${KEY}`,
        data: { Code: code, Message: message, RequestId: REQUEST_ID },
        entry: { url: `https://kms.aliyuncs.com/?SecretData=${KEY}`, request: { data: KEY } },
      },
    ),
}

const TABLE: readonly (readonly [number, string, ErrorCode, boolean])[] = [
  [400, 'Throttling.User', 'throttled', true],
  [400, 'Throttling.Api', 'throttled', true],
  [400, 'Throttling', 'throttled', true],
  [429, 'Rejected.Throttling', 'throttled', true],
  [503, 'ServiceUnavailable', 'unavailable', true],
  [503, 'ServiceUnavailableTemporary', 'unavailable', true],
  [503, 'SerivceUnavailableTemporary', 'unavailable', true],
  [500, 'InternalError', 'unavailable', true],
  [400, 'LockFail', 'unavailable', true],
  [400, 'SystemUpgrading', 'unavailable', true],
  [403, 'ServiceBusy', 'unavailable', true],
  [403, 'DomainInProtectedMode', 'denied', false],
  [503, 'SlowDown', 'throttled', true],
  [403, 'RequestTimeTooSkewed', 'badCredentials', false],
  [429, 'ResourceExhausted', 'throttled', true],
  [500, 'InternalFailure', 'unavailable', true],
  [502, 'SomethingNew', 'unavailable', true],
  [400, 'SignatureNonceUsed', 'unavailable', true],
  [404, 'Forbidden.ResourceNotFound', 'notFound', false],
  [403, 'Forbidden.KeyNotFound', 'notFound', false],
  [404, 'InvalidDomain.NotFound', 'notFound', false],
  [404, 'EntityNotExist.Role', 'notFound', false],
  [403, 'Forbidden.NoPermission', 'denied', false],
  [403, 'Forbidden.RAM', 'denied', false],
  [401, 'Forbidden', 'denied', false],
  [403, 'NoPermission', 'denied', false],
  [403, 'ActionUnauthorized', 'denied', false],
  [403, 'IllegalOperation', 'denied', false],
  [400, 'InvalidIdentity.ServiceDisabled', 'denied', false],
  [404, 'InvalidAccessKeyId.NotFound', 'badCredentials', false],
  [400, 'InvalidAccessKeyId.NotFound', 'badCredentials', false],
  [400, 'InvalidAccessKeyId.Inactive', 'badCredentials', false],
  [400, 'SignatureDoesNotMatch', 'badCredentials', false],
  [403, 'InvalidSecurityToken.Expired', 'badCredentials', false],
  [400, 'InvalidSecurityToken.Malformed', 'badCredentials', false],
  [400, 'InvalidTimeStamp.Expired', 'badCredentials', false],
  [400, 'IllegalTimestamp', 'badCredentials', false],
  [409, 'Rejected.ResourceExist', 'alreadyExists', false],
  [409, 'ConfigAlreadyExists', 'alreadyExists', false],
  [409, 'Rejected.ResourceInDeleteWindow', 'deletionWindow', false],
  [400, 'MissingParam', 'invalidRequest', false],
  [400, 'MalformedParam', 'invalidRequest', false],
  [400, 'InvalidParameter', 'invalidRequest', false],
  [400, 'Rejected.LimitExceeded', 'invalidRequest', false],
  [404, 'InvalidApi.NotFound', 'invalidRequest', false],
  [403, 'InvalidAction', 'invalidRequest', false],
]

describe.each(Object.entries(GENERATIONS))('an error of %s', (generation, make) => {
  const rows = TABLE.filter(([, code]) => generation !== 'pop-core' || code !== 'SomethingNew')

  it.each(rows)('with %i %s is %s', (status, vendorCode, code, retryable) => {
    const error = translateError(make(status, vendorCode, 'Something is wrong.'), CALL)
    expect(error).toMatchObject({ code, retryable, vendorCode })
    expect(error.cause).toBeUndefined()
    expect(error.message).toContain('SetSnapshotCallbackAuth for domain live1.example.com failed')
    expect(error.message).toContain(REQUEST_ID)
    expect(error.message).toContain(vendorCode)
  })

  it('keeps nothing of the request', () => {
    const messages = [
      `The specified value ${KEY} is not valid.`,
      `Specified signature is not matched with our calculation. server string to sign is:POST&%2F&SecretData%3D${KEY}`,
      `see https://example.com/?SecretData=${KEY}`,
      `{"key":"${KEY}"}`,
      `no secrets here, URL: https://kms.aliyuncs.com/?SecretData=${KEY}`,
    ]
    for (const message of messages) {
      const error = translateError(make(400, 'MalformedParam', message), CALL)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/https?:|SecretData/)
    }
  })

  it('leaves out the secrets of the call, in any form', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (secret, before, after) => {
        const odd = `~${secret}~`
        const error = translateError(make(400, `Bad${odd}`, `${before}${odd}${after}`), CALL, [odd])
        expect(error.message.includes(odd)).toBe(false)
        expect(error.vendorCode?.includes(odd) ?? false).toBe(false)
      }),
    )
  })
})

describe("the server's text", () => {
  const say = (message: string, hidden: readonly string[] = []): string =>
    translateError(GENERATIONS['openapi-core']?.(400, 'MalformedParam', message), CALL, hidden).message

  it('is shown if it is plain', () => {
    expect(say('The domain live1.example.com is being configured.')).toContain(
      'The domain live1.example.com is being configured.',
    )
  })

  it("is left out if it contains the call's key", () => {
    expect(say('The key yourkey is bad.', ['yourkey'])).not.toContain('bad')
    expect(say('The key a"b is bad.', ['a"b'])).not.toContain('bad')
  })

  it('loses everything that looks like a key', () => {
    expect(say(`The value ${KEY} is bad.`)).toContain('The value … is bad.')
  })

  it('is one short line', () => {
    const message = say(`first\nsecond\u0007 ${'word '.repeat(200)}`)
    expect(message).not.toMatch(/\p{Cc}/u)
    expect(message.length).toBeLessThan(400)
  })
})

describe('an error without an answer', () => {
  const network = (code: string): Error =>
    Object.assign(new Error(`connect ${code} POST https://h/?SecretData=${KEY} failed.`), { code })

  it.each<readonly [Error, ErrorCode, boolean]>([
    [network('ECONNRESET'), 'unavailable', true],
    [network('ECONNREFUSED'), 'unavailable', true],
    [network('EPIPE'), 'unavailable', true],
    [network('ENOTFOUND'), 'unavailable', true],
    [network('EAI_AGAIN'), 'unavailable', true],
    [network('EPROTO'), 'unavailable', true],
    [network('HPE_INVALID_CONSTANT'), 'unavailable', true],
    [network('ERR_STREAM_PREMATURE_CLOSE'), 'unavailable', true],
    [network('ETIMEDOUT'), 'timeout', true],
    [network('CERT_HAS_EXPIRED'), 'unavailable', false],
    [network('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unavailable', false],
    [
      Object.assign(new Error(`ReadTimeout(5000). POST https://h/?SecretData=${KEY} failed.`), {
        name: 'RequestTimeoutError',
      }),
      'timeout',
      true,
    ],
    [new SyntaxError(`Unexpected token '<', "<html>${KEY}" is not valid JSON`), 'invalidAnswer', true],
    [new TypeError(`Cannot read properties of null (reading '${KEY}')`), 'invalidAnswer', true],
  ])('no. %# is %2$s', (thrown, code, retryable) => {
    const error = translateError(thrown, CALL)
    expect(error).toMatchObject({ code, retryable, vendorCode: undefined })
    expect(error.cause).toBeUndefined()
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY)
    expect(error.message).not.toMatch(/https?:/)
  })

  it.each([undefined, null, 'text', 42, {}, []])('may have any shape: %j', (thrown) => {
    expect(translateError(thrown, CALL)).toMatchObject({ code: 'invalidAnswer' })
  })

  it('does not treat a status as a code', () => {
    const error = Object.assign(new Error('undefined: code: 503, undefined request id: undefined'), {
      code: 'undefined',
      statusCode: 503,
      data: {},
    })
    expect(translateError(error, CALL)).toMatchObject({
      code: 'unavailable',
      retryable: true,
      vendorCode: undefined,
    })
  })
})

describe('what to do next', () => {
  it('names the missing RAM action', () => {
    const denied = GENERATIONS['openapi-core']?.(403, 'NoPermission', 'You are not authorized.')
    expect(translateError(denied, CALL).message).toContain(
      'allow the RAM action live:SetSnapshotCallbackAuth',
    )
    const detail = Object.assign(denied ?? {}, { accessDeniedDetail: { AuthAction: 'kms:GenerateDataKey' } })
    expect(translateError(detail, CALL).message).toContain('allow the RAM action kms:GenerateDataKey')
  })

  it('distinguishes a wrong clock from a wrong key', () => {
    const make = GENERATIONS['kms20160120']
    expect(translateError(make?.(400, 'InvalidTimeStamp.Expired', 'x'), CALL).message).toContain('clock')
    expect(translateError(make?.(400, 'SignatureDoesNotMatch', 'x'), CALL).message).toContain('AccessKey')
  })
})

it('passes on how long the server asks to wait', () => {
  const error = Object.assign(GENERATIONS['openapi-core']?.(400, 'Throttling.User', 'slow') ?? {}, {
    retryAfter: 2_000,
  })
  expect(translateError(error, CALL).retryAfterMs).toBe(2_000)
})

it('leaves our own errors unchanged', () => {
  const own = new RotatorError('fenced', 'another run is at work')
  expect(translateError(own, CALL)).toBe(own)
})

it('says that a call without an answer may have taken effect', () => {
  expect(timedOut(CALL, 10_000)).toMatchObject({ code: 'timeout', retryable: true })
  expect(timedOut(CALL, 10_000).message).toContain('it may have taken effect')
})
