import { signAcs3 } from '../../core/acs3.ts'
import { boundedText } from '../../core/bounded-text.ts'
import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import { systemClock } from '../../core/clock.ts'
import { fieldsOf, isObject } from '../../core/objects.ts'
import type { Credentials } from './credentials.ts'
import { parseEndpoint } from './endpoint.ts'
import { translateError, type CallName } from './errors.ts'
import { Answer } from './response-reader.ts'

/** Room for a secret's 30,720 bytes however they are escaped, and for every list. */
const LONGEST_ANSWER = 1_048_576

const VERSIONS = { live: '2016-11-01', kms: '2016-01-20', sts: '2015-04-01' } as const

/** One call of an RPC API, for commands that inspect or measure an account: no pacing, no retry. */
export interface PlainCall {
  readonly product: keyof typeof VERSIONS
  /** `scheme://host[:port]` */
  readonly endpoint: string
  readonly action: string
  readonly params: Readonly<Record<string, string>>
  readonly credentials: Credentials
  /** Offset of the signing time, in milliseconds. Default 0. */
  readonly signedOffMs?: number
}

/** A server's answer, success or error. */
export interface PlainAnswer {
  readonly status: number
  /** The server's code of an error; null for a success. */
  readonly code: string | null
  readonly body: Readonly<Record<string, unknown>>
  /** By the server's clock (`Date`), in whole seconds as milliseconds since the epoch; null if it does not say. */
  readonly answeredAt: number | null
}

/**
 * Makes one signed HTTPS request and returns the answer, errors included. Parameters go in the form body, so that none
 * is ever in a URL.
 *
 * @param subject - What the call is about, for errors: `domain live1.example.com`.
 * @throws RotatorError `timeout`, `unavailable` or `invalidAnswer` if the API gave no answer.
 *
 * @example
 * ```ts
 * const { code } = await plainCall({ product: 'kms', endpoint, action: 'GetSecretValue', params, credentials }, 'secret a')
 * ```
 */
export async function plainCall(call: PlainCall, subject: string): Promise<PlainAnswer> {
  const { product, action, params, credentials, signedOffMs = 0 } = call
  const { protocol, host } = parseEndpoint(call.endpoint)
  const form = new URLSearchParams(params).toString()
  // Signatures need the real time, whatever clock a test has.
  const at = systemClock.now() + signedOffMs
  const nonce = crypto.randomUUID()
  const headers = signAcs3({ host, action, version: VERSIONS[product], body: form, at, nonce }, credentials)
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS)
  try {
    const response = await fetch(`${protocol}://${host}/`, { method: 'POST', headers, body: form, signal })
    const answer: unknown = JSON.parse(await boundedText(response, LONGEST_ANSWER))
    if (!isObject(answer)) throw new SyntaxError('no object')
    const body = fieldsOf(answer)
    const answeredAt = Date.parse(response.headers.get('date') ?? '')
    return {
      status: response.status,
      code: response.ok ? null : codeOf(body),
      body,
      answeredAt: Number.isNaN(answeredAt) ? null : answeredAt,
    }
  } catch (error) {
    throw translateError(causeOf(error), nameOf(call, subject, host))
  }
}

/**
 * Like {@link plainCall}, but returns successes only.
 *
 * @throws RotatorError also the server's refusal, such as `denied` or `notFound`.
 */
export async function plainRead(call: PlainCall, subject: string): Promise<Answer> {
  const { status, code, body } = await plainCall(call, subject)
  const name = nameOf(call, subject)
  if (code !== null) throw translateError({ statusCode: status, data: body, code }, name)
  return new Answer(body, name)
}

function nameOf({ product, action }: PlainCall, subject: string, server?: string): CallName {
  return { api: action, product, subject, ...(server !== undefined && { server }) }
}

function codeOf({ Code: code }: Readonly<Record<string, unknown>>): string {
  return typeof code === 'string' && code !== '' ? code : 'none'
}

/** fetch says what happened in the cause of its error. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'TimeoutError') return { code: 'ETIMEDOUT' }
  return error.cause ?? error
}
