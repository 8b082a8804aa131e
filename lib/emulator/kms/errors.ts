import { ApiError } from '../wire/api-error.ts'
import type { ParamErrors } from '../wire/params.ts'

export const kmsParamErrors: ParamErrors = {
  missing: (name) => new ApiError(400, `Missing${name}`, `${name} is mandatory for this action.`),
  malformed: (name, rule) => invalidParameter(`${name} ${rule}`),
}

export function invalidParameter(detail: string): ApiError {
  return new ApiError(400, 'InvalidParameter', `The specified parameter is not valid: ${detail}.`)
}

/** No page names the code; the instance's own page calls both parameters required. */
export function needsInstance(): ApiError {
  return invalidParameter('DKMSInstanceId and EncryptionKeyId are required')
}

export function notFound(): ApiError {
  return new ApiError(404, 'Forbidden.ResourceNotFound', 'Resource not found.')
}

export function limitExceeded(what: string): ApiError {
  return new ApiError(400, 'Rejected.LimitExceeded', `The quota of ${what} is used up.`)
}

export function alreadyExists(): ApiError {
  return new ApiError(409, 'Rejected.ResourceExist', 'The resource already exists.')
}

export function inDeletionWindow(): ApiError {
  return new ApiError(409, 'Rejected.ResourceInDeleteWindow', 'The secret is being deleted.')
}
