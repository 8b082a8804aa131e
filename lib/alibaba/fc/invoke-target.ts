import type { Clock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import type { Credentials, CredentialSource } from '../transport/credentials.ts'
import { parseEndpoint } from '../transport/endpoint.ts'

/** A deployed function, and how to reach it. */
export interface FunctionTarget {
  readonly functionName: string
  /** The function's service in FC 2.0; absent in FC 3.0. */
  readonly service?: string | undefined
  /** A version or an alias. Default `LATEST`. */
  readonly qualifier?: string | undefined
  readonly region: string
  /** The function's account: part of the default server's name, and of every FC 2.0 request. */
  readonly accountId?: string | undefined
  /** `scheme://host[:port]`. Default: the account's own server in the region. */
  readonly endpoint?: string | null | undefined
  readonly credentials: CredentialSource
  readonly clock: Clock
  /**
   * How long to wait for a run's answer, in milliseconds. Must exceed the function's timeout, or Function Compute
   * aborts the run. Default 15 minutes.
   */
  readonly timeoutMs?: number | undefined
}

export interface RawAnswer {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** The calls about one function, over either SDK. Throws what the SDK throws. */
export interface FunctionClient {
  invoke(event: string, headers: InvocationHeaders): Promise<RawAnswer>
  task(taskId: string): Promise<unknown>
  /** Reads the function's settings; FC 3.0 only. */
  read(api: FunctionReading): Promise<unknown>
}

/** FC 3.0's read calls about one function. */
export type FunctionReading =
  'GetFunction' | 'GetFunctionCode' | 'GetConcurrencyConfig' | 'GetAsyncInvokeConfig' | 'ListTriggers'

export interface InvocationHeaders {
  readonly type: 'Sync' | 'Async'
  readonly logType: 'None' | 'Tail'
  readonly taskId?: string
}

/** What a client needs. */
export interface ClientOptions {
  readonly target: FunctionTarget
  readonly endpoint: string
  readonly credentials: Credentials
  readonly timeoutMs: number
}

export const DEFAULT_TIMEOUT_MS = 15 * 60_000

/**
 * The server of a target.
 *
 * @throws RotatorError `usage` for invalid names, `config` if neither endpoint nor account is known.
 */
export function endpointOf(target: FunctionTarget): string {
  checkNames(target)
  const { service, region, accountId, endpoint = null } = target
  if (accountId === undefined && (endpoint === null || service !== undefined)) {
    throw new RotatorError(
      'config',
      'the account id is needed to find the function: pass --account-id, or set FC_ACCOUNT_ID or ALIBABA_CLOUD_ACCOUNT_ID',
    )
  }
  const { protocol, host } = parseEndpoint(endpoint ?? `https://${accountId ?? ''}.${region}.fc.aliyuncs.com`)
  return `${protocol}://${host}`
}

const NAME = /^[\w-]{1,128}$/
const NAME_RULE = 'use letters, digits, _ and -'
/** FC 3.0 names an FC 2.0 function `service$function`. */
const NAME_IN_3 = /^[\w$-]{1,260}$/

/** They become part of a URL. */
function checkNames({ functionName, service, qualifier, accountId }: FunctionTarget): void {
  const check = (what: string, value: string | undefined, form: RegExp, rule = NAME_RULE): void => {
    if (value === undefined || form.test(value)) return
    throw new RotatorError('usage', `"${value}" is not a valid ${what}: ${rule}`)
  }
  check('name of a function', functionName, service === undefined ? NAME_IN_3 : NAME)
  check('name of a service', service, NAME)
  check('version or alias', qualifier, NAME)
  check('account id', accountId, /^\d{1,32}$/, 'use a number such as 1234567890123456')
}

/**
 * The id of an existing task: one of ours, or a request id by Function Compute.
 *
 * @throws RotatorError `usage`
 */
export function checkKnownTaskId(taskId: string): void {
  if (!/^\d[0-9a-f-]{19,63}$/i.test(taskId)) checkTaskId(taskId)
}

/**
 * The id for a new task.
 *
 * @throws RotatorError `usage`
 */
export function checkTaskId(taskId: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_-]{0,127}$/.test(taskId)) return
  throw new RotatorError(
    'usage',
    'a task id is a letter or _ followed by letters, digits, _ or -, at most 128 characters',
  )
}
