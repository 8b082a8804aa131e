import { isAcs3, readAcs3 } from '../wire/acs3.ts'
import { ApiError } from '../wire/api-error.ts'
import { authenticate, type AuthenticationOptions, type SignedRequest } from '../wire/authenticate.ts'
import type { Credential } from '../wire/credentials.ts'
import type { Api, Call } from '../wire/gateway.ts'
import { accessDeniedDetail, decideFor } from '../wire/ram.ts'
import type { WireAnswer, WireRequest } from '../wire/wire.ts'
import { json } from './answer.ts'
import { accessDenied, functionNotFound, inFunctionComputeWords, pathNotSupported } from './errors.ts'
import { readFc2 } from './fc2-signature.ts'
import type { FunctionCompute } from './function-compute.ts'
import { invokeFunction } from './invoke-operation.ts'
import { requestIdV3 } from './request-id.ts'
import { routeV2, routeV3, type FunctionRoute } from './routes.ts'
import {
  getAsyncInvokeConfig,
  getConcurrencyConfig,
  getFunction,
  getFunctionCode,
  listTriggers,
} from './settings-operations.ts'
import { getTask, listTasks, stopTask } from './task-operations.ts'

export interface FunctionApiOptions {
  readonly functions: FunctionCompute
  readonly authentication: () => AuthenticationOptions
}

/** The differences between the two versions of Function Compute's API. */
interface Version {
  readonly name: string
  readonly prefix: string
  readonly route: (request: WireRequest) => FunctionRoute | null
  readonly signed: (request: WireRequest) => SignedRequest
  readonly newRequestId?: () => string
  readonly errorFields: (error: ApiError, requestId: string) => Readonly<Record<string, unknown>>
}

const VERSIONS: readonly Version[] = [
  {
    name: 'fc',
    prefix: '/2023-03-30/',
    route: routeV3,
    signed: (request) => {
      if (isAcs3(request)) return readAcs3(request)
      throw new ApiError(400, 'MissingRequiredHeader', 'required HTTP header Authorization was not specified')
    },
    newRequestId: requestIdV3,
    errorFields: ({ code, message, details }, requestId) => ({
      RequestId: requestId,
      Code: code,
      Message: message,
      ...details,
    }),
  },
  {
    name: 'fc2',
    prefix: '/2016-08-15/',
    route: routeV2,
    signed: readFc2,
    errorFields: ({ code, message }) => ({ ErrorCode: code, ErrorMessage: message }),
  },
]

/** Function Compute's two APIs: 3.0 (2023-03-30, ACS3) and 2.0 (2016-08-15, its own signature). */
export function functionApis(options: FunctionApiOptions): readonly Api[] {
  return VERSIONS.map((version) => ({
    name: version.name,
    route: (request) => (request.path.startsWith(version.prefix) ? callOf(request, version, options) : null),
  }))
}

function callOf(request: WireRequest, version: Version, options: FunctionApiOptions): Call {
  const route = version.route(request)
  const { functions } = options
  return {
    product: version.name,
    action: route?.action ?? 'unknown',
    parameters: new Map([
      ...request.query,
      ...(route === null ? [] : [['FunctionName', route.functionName] as const]),
    ]),
    target: route?.functionName ?? null,
    limit: null,
    ...(version.newRequestId && { newRequestId: version.newRequestId }),
    authenticate: () => caller(version.signed(request), options),
    authorize: (credential) => {
      if (route === null) throw pathNotSupported(request.method, request.path)
      // Other accounts' functions are invisible.
      if (credential.accountId !== functions.accountId) throw functionNotFound(route.functionName)
      authorize(credential, permissionOf(route, functions))
    },
    run: (_, requestId) => {
      if (route === null) throw pathNotSupported(request.method, request.path)
      return OPERATIONS[route.action](functions, route, request, requestId)
    },
    throttled: () => new ApiError(429, 'Throttling', 'Request was denied due to request throttling.'),
    refuse: (error, requestId) => json(error.status, version.errorFields(error, requestId), requestId),
  }
}

type FunctionOperation = (
  functions: FunctionCompute,
  route: FunctionRoute,
  request: WireRequest,
  requestId: string,
) => WireAnswer | Promise<WireAnswer>

const OPERATIONS: Readonly<Record<FunctionRoute['action'], FunctionOperation>> = {
  InvokeFunction: invokeFunction,
  GetAsyncTask: getTask,
  ListAsyncTasks: listTasks,
  StopAsyncTask: stopTask,
  GetFunction: getFunction,
  GetFunctionCode: getFunctionCode,
  GetConcurrencyConfig: getConcurrencyConfig,
  GetAsyncInvokeConfig: getAsyncInvokeConfig,
  ListTriggers: listTriggers,
}

function caller(signed: SignedRequest, { authentication }: FunctionApiOptions): Credential {
  try {
    return authenticate(signed, authentication())
  } catch (error) {
    throw error instanceof ApiError ? inFunctionComputeWords(error, signed.accessKeyId) : error
  }
}

interface Permission {
  readonly action: string
  readonly resource: string
}

/** FC 2.0 has longer names for the same things. */
function permissionOf(route: FunctionRoute, { region, accountId }: FunctionCompute): Permission {
  const { action, functionName, service, taskId } = route
  const inService = service === null ? '' : `services/${service}/`
  const task = service === null ? 'async-tasks' : 'stateful-async-invocations'
  const suffix = /Task/.test(action) ? `/${task}/${taskId ?? '*'}` : ''
  return {
    action: `fc:${service === null ? action : action.replace('AsyncTask', 'StatefulAsyncInvocation')}`,
    resource: `acs:fc:${region}:${accountId}:${inService}functions/${functionName}${suffix}`,
  }
}

function authorize(credential: Credential, { action, resource }: Permission): void {
  const decision = decideFor(credential, action, resource)
  if (decision === 'Allow') return
  const AccessDeniedDetail = accessDeniedDetail(credential, action, decision)
  throw accessDenied(action, resource, { AccessDeniedDetail })
}
