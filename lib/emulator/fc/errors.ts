import { ApiError } from '../wire/api-error.ts'

/** Codes, statuses and texts as in Function Compute's list of error codes, as far as it has them. */

export function functionNotFound(name: string): ApiError {
  return new ApiError(404, 'FunctionNotFound', `function '${name}' does not exist`)
}

export function serviceNotFound(name: string): ApiError {
  return new ApiError(404, 'ServiceNotFound', `service '${name}' does not exist`)
}

export function versionNotFound(qualifier: string): ApiError {
  return new ApiError(404, 'VersionNotFound', `version or alias '${qualifier}' does not exist`)
}

export function pathNotSupported(method: string, path: string): ApiError {
  return new ApiError(400, 'PathNotSupported', `'${method}' against '${path}' is not supported`)
}

export function entityTooLarge(most: number): ApiError {
  return new ApiError(400, 'EntityTooLarge', `payload size exceeds maximum allowed size (${most} bytes)`)
}

export function invalidArgument(detail: string): ApiError {
  return new ApiError(400, 'InvalidArgument', detail)
}

/** All instances of the function are busy. */
export function resourceExhausted(): ApiError {
  return new ApiError(429, 'ResourceExhausted', 'the concurrency of the function exceeds its limit')
}

export function accessDenied(action: string, resource: string, details: Record<string, unknown>): ApiError {
  const message = `the caller is not authorized to perform '${action}' on resource '${resource}'`
  return new ApiError(403, 'AccessDenied', message, details)
}

export function taskExists(taskId: string): ApiError {
  return new ApiError(
    409,
    'StatefulAsyncInvocationAlreadyExists',
    `stateful async invocation '${taskId}' already exists`,
  )
}

export function taskNotFound(taskId: string): ApiError {
  return new ApiError(
    404,
    'StatefulAsyncInvocationNotFound',
    `stateful async invocation '${taskId}' does not exist`,
  )
}

export function taskCompleted(taskId: string): ApiError {
  return new ApiError(
    412,
    'StatefulAsyncInvocationAlreadyCompleted',
    `stateful async invocation '${taskId}' is already completed`,
  )
}

/** Function Compute has its own texts for what the gateway refuses. */
export function inFunctionComputeWords(error: ApiError, accessKeyId: string): ApiError {
  if (error.code === 'SignatureDoesNotMatch') {
    const message =
      'The request signature we calculated does not match the signature you provided. Check your access key and signing method'
    return new ApiError(403, 'SignatureNotMatch', message)
  }
  if (error.code === 'InvalidAccessKeyId.NotFound') {
    return new ApiError(403, 'InvalidAccessKeyID', `invalid access key ID '${accessKeyId}'`)
  }
  return new ApiError(403, error.code, error.message)
}
