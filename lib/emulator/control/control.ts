import { Key } from '../../keyset/key.ts'
import { FAULT_KINDS, type FaultRule } from '../wire/faults.ts'
import type { Emulator } from '../emulator.ts'
import { describeDomain, describeSecret, describeStream } from './describe.ts'
import type { WireAnswer, WireRequest } from '../wire/wire.ts'

type Fields = Readonly<Record<string, unknown>>
type Handler = (emulator: Emulator, fields: Fields, query: ReadonlyMap<string, string>) => unknown

/**
 * The control endpoints: what the console, an encoder or an accident would do, by HTTP. They are there for other
 * processes; a test in the same process uses the {@link Emulator} itself. Keys are shown as kids unless `reveal=1`.
 */
const ENDPOINTS: Readonly<Record<string, Handler>> = {
  'GET /_emulator/state': ({ world }, _, query) => {
    const reveal = query.get('reveal') === '1'
    world.catchUp()
    return {
      now: new Date(world.now()).toISOString(),
      domains: [...world.domains.values()].map((domain) => describeDomain(domain, reveal)),
      streams: [...world.streams.all()].map((stream) => describeStream(stream, reveal)),
      secrets: world.secrets.all().map((secret) => describeSecret(secret, reveal)),
    }
  },
  'GET /_emulator/calls': ({ calls }, _, query) => ({
    counts: calls.counts,
    throttled: calls.throttled,
    ...(query.get('log') === '1' ? { log: calls.of(query.get('action')) } : {}),
  }),
  'DELETE /_emulator/calls': ({ calls }) => {
    calls.clear()
  },
  'GET /_emulator/tally': ({ callbacks }) => ({
    genuine: callbacks.genuine.counts,
    forged: callbacks.forged.counts,
    pending: callbacks.pending,
  }),
  'DELETE /_emulator/tally': ({ callbacks }) => {
    callbacks.genuine.reset()
    callbacks.forged.reset()
  },
  'GET /_emulator/assumptions': ({ world }) => world.assumptions,
  'GET /_emulator/clock': ({ clockOffsetMs }) => ({ offsetMs: clockOffsetMs }),
  // How far the cloud's clock is ahead of ours.
  'POST /_emulator/clock': (emulator, fields) => {
    emulator.clockOffsetMs = Number(fields['offsetMs'])
    return { offsetMs: emulator.clockOffsetMs }
  },
  'GET /_emulator/faults': ({ faults }) => ({ waiting: faults.waiting }),
  'POST /_emulator/faults': ({ faults }, fields) => {
    faults.add(faultOf(fields))
  },
  'DELETE /_emulator/faults': ({ faults }) => {
    faults.clear()
  },
  // Adds a domain; sets the key, the switch or the callback URL of one that is there, as the console does.
  'POST /_emulator/domains': ({ world, save }, fields) => {
    const name = text(fields, 'name')
    const callbackUrl = optionalText(fields, 'callbackUrl')
    const domain = world.domains.get(name) ?? world.addDomain({ name })
    if (callbackUrl !== undefined) domain.callbackUrls.set('*', callbackUrl)
    const key = optionalText(fields, 'key')
    const enabled = fields['enabled'] === undefined ? true : fields['enabled'] === true
    if (fields['key'] === null) world.setKey(name, null)
    else if (key !== undefined) world.setKey(name, key, enabled)
    else if (domain.auth !== null) world.setAuth(domain, { key: domain.auth.key, enabled })
    save()
    return describeDomain(domain, false)
  },
  'DELETE /_emulator/domains': ({ world, save }, fields) => {
    const removed = world.removeDomain(text(fields, 'name'))
    save()
    return { removed }
  },
  // Pushes a stream of a domain, again if it is there.
  'POST /_emulator/streams': ({ world, save }, fields) => {
    const domain = world.domain(text(fields, 'domain'))
    const [app, name] = [optionalText(fields, 'app') ?? 'live', text(fields, 'name')]
    world.catchUp()
    const stream = world.streams.get(`${domain.name}/${app}/${name}`) ?? world.streams.add(domain, app, name)
    world.streams.push(stream, world.now())
    save()
    return describeStream(stream, false)
  },
  'DELETE /_emulator/streams': ({ world, save }, fields) => {
    const [app, name] = [optionalText(fields, 'app') ?? 'live', text(fields, 'name')]
    world.catchUp()
    const stream = world.streams.get(`${text(fields, 'domain')}/${app}/${name}`)
    if (stream !== undefined) world.streams.stop(stream)
    save()
    return { stopped: stream !== undefined }
  },
  'POST /_emulator/callbacks': ({ world, callbacks, save }, fields) => {
    const url = optionalText(fields, 'url')
    if (url !== undefined) world.routeCallbacks(url)
    if (fields['running'] === true) callbacks.start()
    if (fields['running'] === false) callbacks.stop()
    save()
  },
  'POST /_emulator/callbacks/round': ({ callbacks }) => callbacks.round(),
  // Without a key: one that was never published.
  'POST /_emulator/callbacks/forge': ({ callbacks }, fields) => {
    const key = optionalText(fields, 'key')
    const count = typeof fields['count'] === 'number' ? fields['count'] : 1
    return callbacks.forge(text(fields, 'url'), key === undefined ? Key.generate() : Key.of(key), count)
  },
}

/** Answers a request to `/_emulator/…`; null for any other path. */
export async function control(emulator: Emulator, request: WireRequest): Promise<WireAnswer | null> {
  if (!request.path.startsWith('/_emulator/')) return null
  // A browser says where a request comes from; a page must not steer the local cloud.
  if (request.headers.origin !== undefined) return reply(403, { error: 'not for browsers' })
  const name = `${request.method} ${request.path.replace(/\/$/, '')}`
  const handler = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined
  if (handler === undefined)
    return reply(404, { error: 'no such endpoint', endpoints: Object.keys(ENDPOINTS) })
  const query = new Map(request.query)
  try {
    const result: unknown = await handler(emulator, fieldsOf(request, query), query)
    return reply(200, result ?? { ok: true })
  } catch (error) {
    if (error instanceof TypeError) return reply(400, { error: error.message })
    throw error
  }
}

function reply(status: number, document: unknown): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: `${JSON.stringify(document, undefined, 2)}\n`,
  }
}

function fieldsOf(request: WireRequest, query: ReadonlyMap<string, string>): Fields {
  if (request.body.length === 0) return Object.fromEntries(query)
  let document: unknown
  try {
    document = JSON.parse(request.body.toString('utf8'))
  } catch {
    throw new TypeError('the body must be a JSON object')
  }
  if (typeof document !== 'object' || document === null) throw new TypeError('the body must be a JSON object')
  return { ...document }
}

function text(fields: Fields, name: string): string {
  const value = optionalText(fields, name)
  if (value === undefined) throw new TypeError(`"${name}" must be a text`)
  return value
}

function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function faultOf(fields: Fields): FaultRule {
  const kind = FAULT_KINDS.find((candidate) => candidate === fields['kind'])
  if (kind === undefined) throw new TypeError(`"kind" must be one of ${FAULT_KINDS.join(', ')}`)
  const numbers = ['after', 'status', 'ms'].flatMap((name) => {
    const value = fields[name]
    return typeof value === 'number' ? [[name, value] as const] : []
  })
  const texts = ['action', 'code', 'message'].flatMap((name) => {
    const value = optionalText(fields, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const { times, where } = fields
  return {
    kind,
    ...Object.fromEntries(numbers),
    ...Object.fromEntries(texts),
    ...(typeof times === 'number' || times === 'always' ? { times } : {}),
    ...(typeof where === 'object' && where !== null
      ? { where: Object.fromEntries(Object.entries(where).map(([name, value]) => [name, String(value)])) }
      : {}),
  }
}
