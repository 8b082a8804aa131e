import { header, type WireRequest } from '../wire/wire.ts'

export type FunctionAction =
  'InvokeFunction' | 'GetAsyncTask' | 'ListAsyncTasks' | 'StopAsyncTask' | SettingsAction

/** The calls that read a function's settings; FC 3.0 only. */
export type SettingsAction =
  'GetFunction' | 'GetFunctionCode' | 'GetConcurrencyConfig' | 'GetAsyncInvokeConfig' | 'ListTriggers'

/** What a request asks for, in either API version. */
export interface FunctionRoute {
  readonly action: FunctionAction
  readonly functionName: string
  readonly service: string | null
  readonly qualifier: string
  readonly taskId: string | null
}

const V3 = /^\/2023-03-30\/functions\/([^/]+)\/(invocations|async-tasks)(?:\/([^/]+)(\/stop)?)?$/
const V2 =
  /^\/2016-08-15\/services\/([^/]+)\/functions\/([^/]+)\/(invocations|stateful-async-invocations)(?:\/([^/]+))?$/

const SETTINGS = /^\/2023-03-30\/functions\/([^/]+)(?:\/(code|concurrency|async-invoke-config|triggers))?$/
const SETTINGS_ACTIONS: Readonly<Record<string, SettingsAction>> = {
  code: 'GetFunctionCode',
  concurrency: 'GetConcurrencyConfig',
  'async-invoke-config': 'GetAsyncInvokeConfig',
  triggers: 'ListTriggers',
}

/** The route of FC 3.0; null for a path or method that it does not have. */
export function routeV3(request: WireRequest): FunctionRoute | null {
  const { method, path, query } = request
  const [settings, named = '', part = ''] = SETTINGS.exec(path) ?? []
  if (settings !== undefined) {
    const action = method === 'GET' ? (SETTINGS_ACTIONS[part] ?? 'GetFunction') : null
    const qualifier = new Map(query).get('qualifier') ?? 'LATEST'
    return route(action, { name: named, service: null, qualifier, id: undefined })
  }
  const [match, name = '', resource, id, stop = ''] = V3.exec(path) ?? []
  if (match === undefined) return null
  const action = actionOf(method, resource === 'invocations', id !== undefined, stop !== '')
  const qualifier = new Map(query).get('qualifier') ?? 'LATEST'
  return route(action, { name, service: null, qualifier, id })
}

/** The same of FC 2.0. */
export function routeV2({ method, path, headers }: WireRequest): FunctionRoute | null {
  const [match, inService = '', name = '', resource, id] = V2.exec(path) ?? []
  if (match === undefined || header(headers, 'x-fc-account-id') === '') return null
  const [service = '', ...qualifier] = decodeURIComponent(inService).split('.')
  const action = actionOf(method, resource === 'invocations', id !== undefined, method === 'PUT')
  return route(action, { name, service, qualifier: qualifier.join('.') || 'LATEST', id })
}

function actionOf(method: string, invocations: boolean, one: boolean, stop: boolean): FunctionAction | null {
  if (invocations) return method === 'POST' && !one ? 'InvokeFunction' : null
  if (method === 'PUT') return one && stop ? 'StopAsyncTask' : null
  if (method !== 'GET' || stop) return null
  return one ? 'GetAsyncTask' : 'ListAsyncTasks'
}

function route(
  action: FunctionAction | null,
  found: {
    readonly name: string
    readonly service: string | null
    readonly qualifier: string
    readonly id: string | undefined
  },
): FunctionRoute | null {
  if (action === null) return null
  return {
    action,
    functionName: decodeURIComponent(found.name),
    service: found.service,
    qualifier: found.qualifier,
    taskId: found.id === undefined ? null : decodeURIComponent(found.id),
  }
}
