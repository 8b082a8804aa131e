import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fc2 from '@alicloud/fc2'
import fc3, {
  GetAsyncTaskRequest,
  InvokeFunctionHeaders,
  InvokeFunctionRequest,
  ListAsyncTasksRequest,
  StopAsyncTaskRequest,
} from '@alicloud/fc20230330'
import { $OpenApiUtil } from '@alicloud/openapi-core'
import { RuntimeOptions } from '@darabonba/typescript'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  LOCAL_ACCOUNT_ID,
} from '../../../lib/emulator/local-account.ts'
import { type Credential } from '../../../lib/emulator/wire/credentials.ts'

const Fc3 = 'default' in fc3 ? fc3.default : fc3

type Identity = Pick<Credential, 'accessKeyId' | 'accessKeySecret'> & { securityToken?: string | null }
const LOCAL: Identity = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }

export interface InvokeOptions {
  readonly async?: boolean
  readonly tail?: boolean
  readonly taskId?: string
  readonly qualifier?: string
}

/** What either SDK gives of an answer. */
export interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

export type Task = Readonly<Record<string, unknown>>

/** Function Compute through one of its SDKs. */
export interface Client {
  invoke(name: string, event: string | Buffer, options?: InvokeOptions): Promise<Answer>
  getTask(name: string, taskId: string): Promise<Task>
  listTasks(name: string, query?: Readonly<Record<string, string>>): Promise<readonly Task[]>
  stopTask(name: string, taskId: string): Promise<void>
}

/** @alicloud/fc20230330: ACS3, chunked body. */
export function fc3Client(endpoint: string, identity: Identity = LOCAL): Client {
  const { securityToken, ...pair } = identity
  const config = { ...pair, endpoint, protocol: 'HTTP', ...(securityToken && { securityToken }) }
  const client = new Fc3(new $OpenApiUtil.Config(config))
  const runtime = new RuntimeOptions({ readTimeout: 30_000, connectTimeout: 30_000 })
  return {
    invoke: async (name, event, { async = false, tail = false, taskId, qualifier } = {}) => {
      const request = new InvokeFunctionRequest({ body: Readable.from([Buffer.from(event)]), qualifier })
      const headers = new InvokeFunctionHeaders({
        xFcInvocationType: async ? 'Async' : 'Sync',
        xFcLogType: tail ? 'Tail' : 'None',
        xFcAsyncTaskId: taskId,
      })
      const answer = await client.invokeFunctionWithOptions(name, request, headers, runtime)
      return {
        status: answer.statusCode,
        headers: answer.headers ?? {},
        body: answer.body === undefined ? '' : await text(answer.body),
      }
    },
    getTask: async (name, id) => {
      const request = new GetAsyncTaskRequest({})
      const { body } = await client.getAsyncTaskWithOptions(name, id, request, {}, runtime)
      return Object.fromEntries(Object.entries(body ?? {}))
    },
    listTasks: async (name, query = {}) => {
      const request = new ListAsyncTasksRequest(query)
      const { body } = await client.listAsyncTasksWithOptions(name, request, {}, runtime)
      return (body?.tasks ?? []).map((task) => Object.fromEntries(Object.entries(task)))
    },
    stopTask: async (name, id) => {
      await client.stopAsyncTaskWithOptions(name, id, new StopAsyncTaskRequest({}), {}, runtime)
    },
  }
}

/** @alicloud/fc2, for the functions of one service. */
export function fc2Client(url: string, service: string, identity: Identity = LOCAL): Client {
  const { accessKeyId: accessKeyID, accessKeySecret, securityToken } = identity
  const client = new Fc2(LOCAL_ACCOUNT_ID, {
    accessKeyID,
    accessKeySecret,
    ...(securityToken && { securityToken }),
    region: 'cn-shanghai',
    endpoint: url,
    timeout: 30_000,
  })
  const tasks = (name: string): string => `/services/${service}/functions/${name}/stateful-async-invocations`
  return {
    invoke: async (name, event, { async = false, tail = false, taskId, qualifier } = {}) => {
      const wanted = {
        'x-fc-invocation-type': async ? 'Async' : 'Sync',
        'x-fc-log-type': tail ? 'Tail' : 'None',
        ...(taskId !== undefined && { 'x-fc-stateful-async-invocation-id': taskId }),
      }
      const { headers, data } = await client.invokeFunction(service, name, event, wanted, qualifier)
      return { status: undefined, headers, body: typeof data === 'string' ? data : JSON.stringify(data) }
    },
    getTask: async (name, id) => ({ ...Object((await client.get(`${tasks(name)}/${id}`)).data) }) as Task,
    listTasks: async (name, query = {}) => {
      const { data } = await client.get(tasks(name), query)
      return (data as { invocations: Task[] }).invocations
    },
    stopTask: async (name, id) => {
      await client.put(`${tasks(name)}/${id}`)
    },
  }
}
