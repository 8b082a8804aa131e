import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc3, {
  GetAsyncInvokeConfigRequest,
  GetAsyncTaskRequest,
  GetFunctionCodeRequest,
  GetFunctionRequest,
  InvokeFunctionHeaders,
  InvokeFunctionRequest,
  ListTriggersRequest,
} from '@alicloud/fc20230330'
import { $OpenApiUtil } from '@alicloud/openapi-core'
import { RuntimeOptions } from '@darabonba/typescript'
import { parseEndpoint } from '../transport/endpoint.ts'
import { SDK_TIMEOUTS } from '../transport/call-timeout.ts'
import type { ClientOptions, FunctionClient, FunctionReading } from './invoke-target.ts'

// Importing this CommonJS module gives its exports in Node, their `default` with some loaders.
const Fc3 = 'default' in fc3 ? fc3.default : fc3

/** FC 3.0 (2023-03-30) over `@alicloud/fc20230330`: ACS3, one request per method, no retry. */
export function openFc3({ target, endpoint, credentials, timeoutMs }: ClientOptions): FunctionClient {
  const { functionName, qualifier, region } = target
  const { protocol, host } = parseEndpoint(endpoint)
  const client = new Fc3(
    new $OpenApiUtil.Config({
      ...credentials,
      // Without an endpoint the SDK calls fc.aliyuncs.com, which has no functions.
      endpoint: host,
      protocol,
      regionId: region,
      userAgent: 'live-key-rotator',
    }),
  )
  return {
    invoke: async (event, { type, logType, taskId }) => {
      const answer = await client.invokeFunctionWithOptions(
        functionName,
        new InvokeFunctionRequest({ body: Readable.from([Buffer.from(event)]), qualifier }),
        new InvokeFunctionHeaders({
          xFcInvocationType: type,
          xFcLogType: logType,
          ...(taskId !== undefined && { xFcAsyncTaskId: taskId }),
        }),
        // The SDK treats any silence longer than the connect timeout as a failed connection, even after connecting.
        new RuntimeOptions({ connectTimeout: timeoutMs, readTimeout: timeoutMs }),
      )
      return {
        headers: answer.headers ?? {},
        body: answer.body === undefined ? '' : await text(answer.body),
      }
    },
    task: async (taskId) => {
      const runtime = new RuntimeOptions(SDK_TIMEOUTS)
      const request = new GetAsyncTaskRequest({ qualifier })
      const { body } = await client.getAsyncTaskWithOptions(functionName, taskId, request, {}, runtime)
      return body
    },
    read: async (api) => {
      const runtime = new RuntimeOptions(SDK_TIMEOUTS)
      const { body } = await READS[api](client, functionName, runtime)
      return body
    },
  }
}

type Read = (
  client: InstanceType<typeof Fc3>,
  name: string,
  runtime: RuntimeOptions,
) => Promise<{ readonly body?: unknown }>

const READS: Readonly<Record<FunctionReading, Read>> = {
  GetFunction: (client, name, runtime) =>
    client.getFunctionWithOptions(name, new GetFunctionRequest({}), {}, runtime),
  GetFunctionCode: (client, name, runtime) =>
    client.getFunctionCodeWithOptions(name, new GetFunctionCodeRequest({}), {}, runtime),
  GetConcurrencyConfig: (client, name, runtime) => client.getConcurrencyConfigWithOptions(name, {}, runtime),
  GetAsyncInvokeConfig: (client, name, runtime) =>
    client.getAsyncInvokeConfigWithOptions(name, new GetAsyncInvokeConfigRequest({}), {}, runtime),
  ListTriggers: (client, name, runtime) =>
    client.listTriggersWithOptions(name, new ListTriggersRequest({ limit: 50 }), {}, runtime),
}
