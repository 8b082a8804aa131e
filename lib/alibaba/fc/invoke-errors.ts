import { RotatorError, type ErrorCode } from '../../core/errors.ts'
import { fieldsOf, isObject } from '../../core/objects.ts'
import { meaningOf } from '../transport/error-codes.ts'
import { translateError } from '../transport/errors.ts'
import type { FunctionTarget } from './invoke-target.ts'
import { readVendorError, type VendorError } from '../transport/vendor-error.ts'

export interface FunctionCall {
  /** E.g. `InvokeFunction`. */
  readonly api: string
  readonly target: FunctionTarget
  /** Secret values. */
  readonly hidden: readonly string[]
}

/** What a status without a code means: Function Compute may answer with a status alone. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  403: 'denied',
  404: 'notFound',
  409: 'alreadyExists',
  429: 'throttled',
}

/** What to do next, for errors about functions; all others have the general advice. */
const ADVICE: Partial<Record<ErrorCode, (call: FunctionCall, vendorCode: string) => string>> = {
  throttled: () =>
    'another run is under way, and only one runs at a time: try again when it is over, or queue this one with --async',
  denied: ({ api, target }) =>
    `allow the RAM action ${ramAction(api, target)} on this function for the caller`,
  badCredentials: () => 'check the credentials: the AccessKey pair, or the role and its token',
  alreadyExists: () => 'a task with this id was queued before, and is not queued again',
  notFound: ({ target: { region, service } }, vendorCode) =>
    /Async(Invocation|Task)NotFound$/.test(vendorCode)
      ? 'tasks are kept for seven days; check the id of the task and the name of the function'
      : `check the name of the function${service === undefined ? ' (for one in a service of FC 2.0, add --service)' : ' and the service'}, the account, and the region ${region}`,
}

/** Translates an error of a Function Compute SDK into ours. */
export function translateInvokeError(error: unknown, call: FunctionCall): RotatorError {
  if (error instanceof RotatorError) return error
  const { api, target, hidden } = call
  const known = inOneShape(error)
  const vendor = readVendorError(known, hidden)
  const { code: vendorCode, status = 0 } = vendor
  const code = vendorCode === undefined ? BY_STATUS[status] : meaningOf(vendorCode, status)?.code
  const advice = code === undefined ? undefined : ADVICE[code]
  if (code === undefined || advice === undefined) {
    return translateError(known, { api, product: 'fc', subject: subjectOf(target) }, hidden)
  }
  const message = `${api} for ${subjectOf(target)} was refused (${details(vendor)}); ${advice(call, vendorCode ?? '')}`
  return new RotatorError(code, message, {
    retryable: code === 'throttled',
    vendorCode,
  })
}

export function subjectOf({ functionName, service, region }: FunctionTarget): string {
  return `function ${functionName}${service === undefined ? '' : ` of service ${service}`} in ${region}`
}

function details({ code, status, requestId }: VendorError): string {
  const parts = [
    ...(code === undefined ? [] : [code]),
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
  ]
  return parts.join(', ')
}

function ramAction(api: string, { service }: FunctionTarget): string {
  return `fc:${service === undefined ? api : api.replace('AsyncTask', 'StatefulAsyncInvocation')}`
}

/**
 * An error body has `Code` and `Message` in FC 3.0, `ErrorCode` and `ErrorMessage` in 2.0; either may use the other's
 * names, or start them in lower case. The 2.0 SDK gives the status only in its message, after the request's path.
 */
function inOneShape(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const own = fieldsOf(error)
  const inMessage = / failed with (\d{3})\. requestid: (\S+), message: (.*)\.$/s.exec(error.message)
  if (inMessage !== null) {
    const [, status, RequestId, Message] = inMessage
    return { statusCode: Number(status), data: withoutUndefined({ Code: own['code'], Message, RequestId }) }
  }
  if (!isObject(own['data'])) return error
  const body = fieldsOf(own['data'])
  const Code = body['Code'] ?? body['ErrorCode'] ?? body['errorCode'] ?? body['code']
  const Message = body['Message'] ?? body['ErrorMessage'] ?? body['errorMessage'] ?? body['message']
  return { ...withoutUndefined(own), data: { ...body, Code, Message } }
}

/** Both SDKs write "undefined" for a missing field. */
function withoutUndefined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 'undefined'))
}
