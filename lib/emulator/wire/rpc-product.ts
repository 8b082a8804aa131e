import type { ApiError } from './api-error.ts'
import type { Credential } from './credentials.ts'
import type { ParamErrors, Params } from './params.ts'
import type { Limit } from './rate-limit.ts'

export interface OperationContext {
  readonly caller: Credential
  readonly region: string
}

export interface Permission {
  /** `product:Operation` */
  readonly action: string
  readonly resource: string
}

/** One operation of an RPC product: its needs and its effect. Throws ApiError. */
export interface Operation {
  readonly limit: Limit
  permissions(params: Params, context: OperationContext): readonly Permission[]
  /** The fields of the answer, without its RequestId. */
  run(params: Params, context: OperationContext): Readonly<Record<string, unknown>>
  /** Whether it may change the world. */
  readonly writes: boolean
}

/** A product called by action and version. */
export interface RpcProduct {
  readonly name: string
  readonly version: string
  readonly operations: Readonly<Record<string, Operation>>
  readonly paramErrors: ParamErrors
  /** The parameter that names a call's resource, for the log. */
  readonly targetParameter: string
  readonly xmlRoot: string | null
  readonly expiredTimestampCode: string
  throttled(): ApiError
  denied(details: Readonly<Record<string, unknown>>): ApiError
  readonly errorBody: (error: ApiError, requestId: string, host: string) => Readonly<Record<string, unknown>>
}
