import type { Assumptions } from '../assumptions.ts'
import { ApiError } from '../wire/api-error.ts'
import type { ParamErrors } from '../wire/params.ts'
import { SecretRefusal } from '../world/secret-refusal.ts'

export const kmsParamErrors: ParamErrors = {
  missing: (name) => new ApiError(400, `Missing${name}`, `${name} is mandatory for this action.`),
  malformed: (name, rule) => invalidParameter(`${name} ${rule}`),
}

/** The code is undocumented; Alibaba Cloud's own example passes both. */
export function needsInstance(): ApiError {
  return invalidParameter('DKMSInstanceId and EncryptionKeyId are required')
}

/**
 * Performs a change of the secrets.
 *
 * @throws ApiError with KMS's code for what the world refuses.
 */
export function inKmsWords<T>(move: () => T, { versionConflict }: Assumptions): T {
  try {
    return move()
  } catch (error) {
    throw error instanceof SecretRefusal ? kmsRefusal(error, versionConflict) : error
  }
}

function kmsRefusal({ reason, what }: SecretRefusal, conflict: Assumptions['versionConflict']): ApiError {
  switch (reason) {
    case 'absent':
      return new ApiError(404, 'Forbidden.ResourceNotFound', 'Resource not found.')
    case 'exists':
      return new ApiError(409, 'Rejected.ResourceExist', 'The resource already exists.')
    case 'versionExists':
      return new ApiError(conflict.status, conflict.code, 'The version exists with another value.')
    case 'inDeletion':
      return new ApiError(409, 'Rejected.ResourceInDeleteWindow', 'The secret is being deleted.')
    case 'notInDeletion':
      return new ApiError(409, 'Rejected.ResourceInUse', 'The secret is not being deleted.')
    case 'tooMany':
      return new ApiError(400, 'Rejected.LimitExceeded', `The quota of ${what} is used up.`)
    case 'invalid':
      return invalidParameter(what)
  }
}

function invalidParameter(detail: string): ApiError {
  return new ApiError(400, 'InvalidParameter', `The specified parameter is not valid: ${detail}.`)
}
