import { subjectOf, translateInvokeError } from './invoke-errors.ts'
import { endpointOf, type FunctionClient, type FunctionTarget } from './invoke-target.ts'
import { within } from '../transport/call-timeout.ts'

/** Makes one request about a function over the SDK of its version, and translates its errors. */
export async function sendToFunction<T>(
  target: FunctionTarget,
  api: string,
  timeoutMs: number,
  request: (client: FunctionClient) => Promise<T>,
): Promise<T> {
  const endpoint = endpointOf(target)
  const credentials = await target.credentials.get()
  const { accessKeySecret, securityToken } = credentials
  const hidden = [accessKeySecret, ...(securityToken === undefined ? [] : [securityToken])]
  const options = { target, endpoint, credentials, timeoutMs }
  const client =
    target.service === undefined
      ? (await import('./invoke-fc3.ts')).openFc3(options)
      : (await import('./invoke-fc2.ts')).openFc2(options)
  const sent = request(client).catch((error: unknown) => {
    throw translateInvokeError(error, { api, target, hidden })
  })
  return within(sent, { api, product: 'fc', subject: subjectOf(target) }, target.clock, timeoutMs)
}
