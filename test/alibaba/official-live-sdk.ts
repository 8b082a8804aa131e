import openApi, { type $OpenApiUtil } from '@alicloud/openapi-core'
import { Model } from '@darabonba/typescript'
import type { LiveSdk, SdkModel } from '../../lib/alibaba/live/official-transport.ts'
import { API_FACTS, parametersOf } from './api-facts.ts'

const OpenApiClient = 'default' in openApi ? openApi.default : openApi

/**
 * Stands in for `@alicloud/live20161101` 3.0.1, which the registry at hand does not have: a client that is the generic
 * one with the product's name, and classes with `names()`, `types()` and `toMap()`, made from the table of facts.
 */
class Client extends OpenApiClient {
  constructor(config: $OpenApiUtil.Config) {
    super(config)
    this._productId = 'live'
  }
}

function request(api: keyof typeof API_FACTS): SdkModel {
  const fact = API_FACTS[api]
  const parameters = fact === undefined ? [] : parametersOf(fact)
  return model(
    parameters.map(({ name, type }) => [name, type === 'text' ? 'string' : 'number']),
    parameters.filter(({ required }) => required).map(({ name }) => camel(name)),
  )
}

/** Lists lie one level down: a class for what holds them, and one for their items. */
function responseBody(api: keyof typeof API_FACTS): SdkModel {
  const fields = new Map<string, unknown>([['RequestId', 'string']])
  const lists = new Map<string, Map<string, [string, string][]>>()
  for (const path of API_FACTS[api]?.answer ?? []) {
    const [outer = '', inner, field] = path.split(/\.|\[\]\./)
    if (inner === undefined || field === undefined) fields.set(outer, typeOf(outer))
    else {
      const list = lists.get(outer) ?? new Map<string, [string, string][]>()
      lists.set(outer, list.set(inner, [...(list.get(inner) ?? []), [field, typeOf(field)]]))
    }
  }
  for (const [outer, list] of lists) {
    const holder = [...list].map(([inner, items]): [string, unknown] => [
      inner,
      { type: 'array', itemType: model(items) },
    ])
    fields.set(outer, model(holder))
  }
  return model([...fields])
}

function model(fields: readonly (readonly [string, unknown])[], required: readonly string[] = []): SdkModel {
  return class extends Model {
    static names(): Record<string, string> {
      return Object.fromEntries(fields.map(([name]) => [camel(name), name]))
    }

    static types(): Record<string, unknown> {
      return Object.fromEntries(fields.map(([name, type]) => [camel(name), type]))
    }

    override validate(): void {
      for (const name of required) Model.validateRequired(name, this[name])
    }
  }
}

function typeOf(field: string): 'number' | 'string' {
  return /^(Page|Total)|^(Height|Width|FrameRate|.*CodecId|.*DataRate)$/.test(field) ? 'number' : 'string'
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

const modelsOf = (api: keyof typeof API_FACTS) => ({ Request: request(api), ResponseBody: responseBody(api) })

export const officialLiveSdk: LiveSdk = {
  Client,
  models: {
    SetSnapshotCallbackAuth: modelsOf('SetSnapshotCallbackAuth'),
    QuerySnapshotCallbackAuth: modelsOf('QuerySnapshotCallbackAuth'),
    UpdateLiveSnapshotNotifyConfig: modelsOf('UpdateLiveSnapshotNotifyConfig'),
    DescribeLiveSnapshotNotifyConfig: modelsOf('DescribeLiveSnapshotNotifyConfig'),
    DescribeLiveUserDomains: modelsOf('DescribeLiveUserDomains'),
    DescribeLiveStreamsOnlineList: modelsOf('DescribeLiveStreamsOnlineList'),
    ForbidLiveStream: modelsOf('ForbidLiveStream'),
  },
}
