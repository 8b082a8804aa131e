import { isAcs3, readAcs3 } from './acs3.ts'
import { ApiError } from './api-error.ts'
import { authenticate, type AuthenticationOptions, type SignedRequest } from './authenticate.ts'
import type { Credential } from './credentials.ts'
import type { Api, Call } from './gateway.ts'
import { gatewayErrorBody } from './gateway-error.ts'
import { Params, parametersOf } from './params.ts'
import { accessDeniedDetail, decideFor } from './ram.ts'
import { readRpc } from './rpc.ts'
import type { Operation, RpcProduct } from './rpc-product.ts'
import { header, type WireAnswer, type WireRequest } from './wire.ts'
import { toXml } from './xml.ts'

export interface RpcApiOptions {
  readonly products: readonly RpcProduct[]
  readonly region: string
  readonly authentication: (product: RpcProduct) => AuthenticationOptions
  /** Called after an operation that may have changed the world, before it is answered. */
  readonly changed: () => void
}

/**
 * The shared gateway of all products called by action and version, signed either way. It takes every request, so it
 * must be the emulator's last API.
 */
export function rpcApi(options: RpcApiOptions): Api {
  return {
    name: 'rpc',
    route(request) {
      const parameters = parametersOf(request)
      const acs3 = isAcs3(request)
      const name = (parameter: string, headerName: string): string =>
        (acs3 ? header(request.headers, headerName) : '') || (parameters.get(parameter) ?? '')
      const action = name('Action', 'x-acs-action')
      const version = name('Version', 'x-acs-version')
      const product = options.products.find((candidate) => candidate.version === version)
      const operation = product === undefined ? undefined : ownProperty(product.operations, action)
      const asXml = (parameters.get('Format') ?? 'JSON').toUpperCase() === 'XML'
      const base = {
        request,
        parameters,
        action,
        asXml,
        signed: () => (acs3 ? readAcs3(request) : readRpc(request)),
      }
      return product === undefined || operation === undefined
        ? unknownCall(base, product, options)
        : productCall(base, product, operation, options)
    },
  }
}

interface BaseCall {
  readonly request: WireRequest
  readonly parameters: ReadonlyMap<string, string>
  readonly action: string
  readonly asXml: boolean
  readonly signed: () => SignedRequest
}

function productCall(
  base: BaseCall,
  product: RpcProduct,
  operation: Operation,
  options: RpcApiOptions,
): Call {
  const params = new Params(base.parameters, product.paramErrors)
  const { region } = options
  return {
    product: product.name,
    action: base.action,
    parameters: base.parameters,
    target: params.optional(product.targetParameter),
    limit: operation.limit,
    authenticate: () => {
      checkMethod(base.request)
      return authenticate(base.signed(), options.authentication(product))
    },
    authorize: (caller) => {
      if (caller.policies === null && caller.sessionPolicy === null) return
      for (const { action, resource } of operation.permissions(params, { caller, region })) {
        const decision = decideFor(caller, action, resource)
        if (decision !== 'Allow') {
          throw product.denied({ AccessDeniedDetail: accessDeniedDetail(caller, action, decision) })
        }
      }
    },
    run: (caller: Credential, requestId) => {
      const fields = operation.run(params, { caller, region })
      if (operation.writes) options.changed()
      return answer(200, { RequestId: requestId, ...fields }, requestId, base, `${base.action}Response`)
    },
    throttled: () => product.throttled(),
    refuse: (error, requestId) => {
      const body = product.errorBody(error, requestId, header(base.request.headers, 'host'))
      return answer(error.status, body, requestId, base, product.xmlRoot ?? 'Error')
    },
  }
}

function unknownCall(base: BaseCall, product: RpcProduct | undefined, options: RpcApiOptions): Call {
  const [first] = options.products
  return {
    product: product?.name ?? 'unknown',
    action: base.action,
    parameters: base.parameters,
    target: null,
    limit: null,
    authenticate: () => {
      checkMethod(base.request)
      if (base.action === '')
        throw new ApiError(400, 'MissingAction', 'Action is mandatory for this request.')
      const known = product ?? first
      if (known !== undefined) authenticate(base.signed(), options.authentication(known))
      throw new ApiError(
        404,
        'InvalidApi.NotFound',
        'Specified api is not found, please check your url and method.',
      )
    },
    authorize: () => undefined,
    run: () => answer(404, {}, '', base, 'Error'),
    throttled: () => new ApiError(400, 'Throttling', 'Request was denied due to request throttling.'),
    refuse: (error, requestId) => {
      const errorBody = product === undefined ? gatewayErrorBody : product.errorBody
      const body = errorBody(error, requestId, header(base.request.headers, 'host'))
      return answer(error.status, body, requestId, base, product?.xmlRoot ?? 'Error')
    },
  }
}

function checkMethod({ method }: WireRequest): void {
  if (method !== 'GET' && method !== 'POST') {
    throw new ApiError(400, 'UnsupportedHTTPMethod', 'This http method is not supported.')
  }
}

function answer(
  status: number,
  fields: Readonly<Record<string, unknown>>,
  requestId: string,
  { asXml }: BaseCall,
  root: string,
): WireAnswer {
  return {
    status,
    headers: {
      'content-type': asXml ? 'text/xml;charset=utf-8' : 'application/json;charset=utf-8',
      'x-acs-request-id': requestId,
    },
    body: asXml ? toXml(root, fields) : JSON.stringify(fields),
  }
}

function ownProperty<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
