import Fc2 from '@alicloud/fc2'
import type { ClientOptions, FunctionClient } from './invoke-target.ts'
import { RotatorError } from '../../core/errors.ts'
import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'

/**
 * FC 2.0 (2016-08-15) over `@alicloud/fc2`, for functions that are still in a service: one request a method, no retry.
 * The SDK has no method for tasks; its general `get` is used.
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
        // The SDK leaves the token out unless the id begins with STS. As a header it is sent and signed in any case.
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
      Promise.reject(new RotatorError('usage', 'how a function of FC 2.0 is set up cannot be read')),
  }
}
