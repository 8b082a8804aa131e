import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { RotatorError } from '../../core/errors.ts'
import { parsedJson } from '../../core/json.ts'
import { isObject } from '../../core/objects.ts'
import { systemCode } from '../../core/system-code.ts'
import { Key } from '../../keyset/key.ts'
import { SecretData, type Secret } from '../world/secret.ts'
import type { CallbackAuth, Destination, Domain, NotifyConfig } from '../world/domain.ts'
import type { Stream } from '../world/stream.ts'
import type { World } from '../world/world.ts'

const FORMAT = 'live-local-cloud/1'

interface StoredKeyed {
  readonly enabled: boolean
  readonly key: string | null
}

interface StoredState {
  readonly format: string
  readonly domains: readonly (Omit<Domain, 'auth' | 'notify' | 'stale' | 'callbackUrls'> & {
    readonly auth: (StoredKeyed & { readonly key: string }) | null
    readonly notify: (StoredKeyed & { readonly url: string }) | null
    readonly callbackUrls: readonly (readonly [string, string])[]
  })[]
  readonly streams: readonly (Omit<Stream, 'push'> & {
    readonly push: {
      readonly at: number
      readonly destinations: readonly (Omit<Destination, 'key'> & { readonly key: string | null })[]
    } | null
  })[]
  readonly blocked: readonly (readonly [string, number])[]
  readonly secrets: readonly (Omit<Secret, 'versions'> & {
    readonly versions: readonly {
      readonly id: string
      readonly data: string
      readonly type: 'text' | 'binary'
      readonly createdAt: number
      readonly stages: readonly string[]
    }[]
  })[]
}

/**
 * Writes the whole world, keys included, to a file that only its owner may read. Atomic.
 *
 * @throws RotatorError `usage` for a file that cannot be written.
 */
export function saveWorld(world: World, file: string): void {
  // A name that does not exist yet.
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    writeFileSync(temporary, JSON.stringify(storedState(world)), { mode: 0o600, flag: 'wx' })
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw unusable(file, 'written', error)
  }
}

/**
 * Fills an empty world from `file`. Returns false if there is no such file yet.
 *
 * @throws RotatorError `usage` for a file that cannot be read or has another format.
 */
export function loadWorld(world: World, file: string): boolean {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw unusable(file, 'read', error)
  }
  const state = parseState(text, file)
  for (const { auth, notify, callbackUrls, ...domain } of state.domains) {
    world.domains.set(domain.name, {
      ...domain,
      auth: auth && readAuth(auth),
      notify: notify && readNotify(notify),
      stale: null,
      callbackUrls: new Map(callbackUrls),
    })
  }
  for (const { push, ...stream } of state.streams) {
    world.streams.restore({
      ...stream,
      push: push && {
        at: push.at,
        destinations: push.destinations.map(({ key, ...rest }) => ({ ...rest, key: readKey(key) })),
      },
    })
  }
  for (const [address, until] of state.blocked) world.streams.blocked.set(address, until)
  world.secrets.restoreAll(
    state.secrets.map((secret) => ({
      ...secret,
      versions: secret.versions.map((version) => ({
        ...version,
        data: new SecretData(version.data),
        stages: new Set(version.stages),
      })),
    })),
  )
  return true
}

function storedState(world: World): StoredState {
  return {
    format: FORMAT,
    domains: [...world.domains.values()].map(({ auth, notify, stale: _, callbackUrls, ...domain }) => ({
      ...domain,
      auth: auth && { enabled: auth.enabled, key: auth.key.reveal() },
      notify: notify && { url: notify.url, enabled: notify.enabled, key: notify.key?.reveal() ?? null },
      callbackUrls: [...callbackUrls],
    })),
    streams: [...world.streams.all()].map(({ push, ...stream }) => ({
      ...stream,
      push: push && {
        at: push.at,
        destinations: push.destinations.map(({ key, ...rest }) => ({ ...rest, key: key?.reveal() ?? null })),
      },
    })),
    blocked: [...world.streams.blocked],
    secrets: world.secrets.all().map((secret) => ({
      ...secret,
      versions: secret.versions.map((version) => ({
        ...version,
        data: version.data.reveal(),
        stages: [...version.stages],
      })),
    })),
  }
}

function parseState(text: string, file: string): StoredState {
  const state = parsedJson(text)
  if (isState(state)) return state
  throw new RotatorError('usage', `${file} is not a state file of the local cloud: name another file`)
}

function unusable(file: string, what: 'read' | 'written', error: unknown): RotatorError {
  const code = systemCode(error) ?? 'unknown reason'
  const message = `the state file ${file} cannot be ${what} (${code}): name another file`
  return new RotatorError('usage', message, { cause: error })
}

/** The file is our own, so its format name is enough of a check. */
function isState(state: unknown): state is StoredState {
  return isObject(state) && 'format' in state && state.format === FORMAT
}

function readAuth({ enabled, key }: { enabled: boolean; key: string }): CallbackAuth {
  return { enabled, key: Key.of(key) }
}

function readNotify({ url, enabled, key }: StoredKeyed & { url: string }): NotifyConfig {
  return { url, enabled, key: readKey(key) }
}

function readKey(key: string | null): Key | null {
  return key === null ? null : Key.of(key)
}
