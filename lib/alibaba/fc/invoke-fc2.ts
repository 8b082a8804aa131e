import Fc2 from '@alicloud/fc2'
import type { ClientOptions, FunctionClient } from './invoke-target.ts'
import { RotatorError } from '../../core/errors.ts'
import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'

/**
 * FC 2.0 (2016-08-15) over `@alicloud/fc2`, for functions still in a service: one request per method, no retry. The SDK
 * has no method for tasks, so this uses its generic `get`.
 */
export function openFc2({ target, endpoint, credentials, timeoutMs }: ClientOptions): FunctionClient {
  const { functionName, service = '', qualifier, region, accountId = '' } = target
  const { accessKeyId: accessKeyID, accessKeySecret, securityToken } = credentials
  const client = (timeout: number): Fc2 =>
    new Fc2(accountId, {
      accessKeyID,
      accessKeySecret,
      region,
      endpoint,
      timeout,
      ...(securityToken !== undefined && {
        securityToken,
        // The SDK drops the token unless the id starts with STS; a header is always sent and signed.
        headers: { 'x-fc-security-token': securityToken },
      }),
    })
  return {
    invoke: async (event, { type, logType, taskId }) => {
      const wanted = {
        'x-fc-invocation-type': type,
        'x-fc-log-type': logType,
        ...(taskId !== undefined && { 'x-fc-stateful-async-invocation-id': taskId }),
      }
      const { headers, data } = await client(timeoutMs).invokeFunction(
        service,
        functionName,
        event,
        wanted,
        qualifier,
      )
      return { headers, body: typeof data === 'string' ? data : JSON.stringify(data) }
    },
    task: async (taskId) => {
      const version = qualifier === undefined ? service : `${service}.${qualifier}`
      const path = `/services/${version}/functions/${functionName}/stateful-async-invocations/${taskId}`
      return (await client(CALL_TIMEOUT_MS).get(path)).data
    },
    read: () =>
      Promise.reject(new RotatorError('usage', 'the settings of an FC 2.0 function cannot be read')),
  }
}
