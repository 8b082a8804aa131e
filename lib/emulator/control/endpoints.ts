import type * as v from 'valibot'
import { isoTime } from '../../core/clock.ts'
import { Key } from '../../keyset/key.ts'
import type { Emulator } from '../running.ts'
import { describeDomain, describeSecret, describeStream } from './describe.ts'
import * as fields from './fields.ts'

/** Handles one request: takes its unchecked fields and returns the answer; undefined for "done". */
export type Endpoint = (emulator: Emulator, given: unknown) => unknown

/**
 * The control endpoints: what the console, an encoder or an accident would do, over HTTP. For other processes; a test
 * in the same process uses the {@link Emulator} directly. Shows keys as kids unless `reveal=1`.
 */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  'GET /_emulator/state': endpoint(fields.look, ({ world }, { reveal }) => {
    const shows = reveal === '1'
    world.catchUp()
    return {
      now: isoTime(world.now()),
      domains: [...world.domains.values()].map((domain) => describeDomain(domain, shows)),
      streams: [...world.streams.all()].map((stream) => describeStream(stream, shows)),
      secrets: world.secrets.all().map((secret) => describeSecret(secret, shows)),
    }
  }),
  'GET /_emulator/calls': endpoint(fields.callsWanted, ({ calls }, { log, action }) => ({
    counts: calls.counts,
    throttled: calls.throttled,
    ...(log === '1' ? { log: calls.of(action) } : {}),
  })),
  'DELETE /_emulator/calls': endpoint(fields.nothing, ({ calls }) => {
    calls.clear()
  }),
  'GET /_emulator/tally': endpoint(fields.nothing, ({ callbacks }) => ({
    genuine: callbacks.genuine.counts,
    forged: callbacks.forged.counts,
    pending: callbacks.pending,
  })),
  'DELETE /_emulator/tally': endpoint(fields.nothing, ({ callbacks }) => {
    callbacks.genuine.reset()
    callbacks.forged.reset()
  }),
  'GET /_emulator/assumptions': endpoint(fields.nothing, ({ world }) => world.assumptions),
  'GET /_emulator/clock': endpoint(fields.nothing, ({ clockOffsetMs }) => ({ offsetMs: clockOffsetMs })),
  'POST /_emulator/clock': endpoint(fields.clockOffset, (emulator, { offsetMs }) => {
    emulator.clockOffsetMs = offsetMs
    return { offsetMs }
  }),
  'GET /_emulator/faults': endpoint(fields.nothing, ({ faults }) => ({ waiting: faults.waiting })),
  'POST /_emulator/faults': endpoint(fields.fault, ({ faults }, rule) => {
    faults.add(rule)
  }),
  'DELETE /_emulator/faults': endpoint(fields.nothing, ({ faults }) => {
    faults.clear()
  }),
  // Adds a domain, or sets an existing one's key, switch or callback URL, as the console does.
  'POST /_emulator/domains': endpoint(fields.domainChange, ({ world, save }, change) => {
    const { name, key, callbackUrl, enabled = true } = change
    const domain = world.domains.get(name) ?? world.addDomain({ name })
    if (callbackUrl !== undefined) domain.callbackUrls.set('*', callbackUrl)
    if (key !== undefined) world.setKey(name, key, enabled)
    else if (domain.auth !== null) world.setAuth(domain, { key: domain.auth.key, enabled })
    save()
    return describeDomain(domain, false)
  }),
  'DELETE /_emulator/domains': endpoint(fields.namedDomain, ({ world, save }, { name }) => {
    const removed = world.removeDomain(name)
    save()
    return { removed }
  }),
  // Pushes a stream of a domain, or pushes it again.
  'POST /_emulator/streams': endpoint(fields.namedStream, ({ world, save }, { domain, app, name }) => {
    const owner = world.domain(domain)
    world.catchUp()
    const stream = world.streams.get(`${domain}/${app}/${name}`) ?? world.streams.add(owner, app, name)
    world.streams.push(stream, world.now())
    save()
    return describeStream(stream, false)
  }),
  'DELETE /_emulator/streams': endpoint(fields.namedStream, ({ world, save }, { domain, app, name }) => {
    world.catchUp()
    const stream = world.streams.get(`${domain}/${app}/${name}`)
    if (stream !== undefined) world.streams.stop(stream)
    save()
    return { stopped: stream !== undefined }
  }),
  'POST /_emulator/callbacks': endpoint(
    fields.callbackChange,
    ({ world, callbacks, save }, { url, running }) => {
      if (url !== undefined) world.routeCallbacks(url)
      if (running === true) callbacks.start()
      if (running === false) callbacks.stop()
      save()
    },
  ),
  'POST /_emulator/callbacks/round': endpoint(fields.nothing, ({ callbacks }) => callbacks.round()),
  // Default: a key that was never published.
  'POST /_emulator/callbacks/forge': endpoint(fields.forgery, ({ callbacks }, { url, key, count }) =>
    callbacks.forge(url, key === undefined ? Key.generate() : Key.of(key), count),
  ),
}

function endpoint<S extends v.GenericSchema>(
  schema: S,
  run: (emulator: Emulator, given: v.InferOutput<S>) => unknown,
): Endpoint {
  return (emulator, given) => run(emulator, fields.parsed(schema, given))
}
