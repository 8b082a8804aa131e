import type { ApiError } from './api-error.ts'

/** The error body of the shared gateway. */
export function gatewayErrorBody(error: ApiError, requestId: string, host: string): Record<string, unknown> {
  return {
    RequestId: requestId,
    HostId: host,
    Code: error.code,
    Message: error.message,
    Recommend: `https://api.aliyun.com/troubleshoot?q=${error.code}&requestId=${requestId}`,
    ...error.details,
  }
}
