import { parseConfig } from '../../config/parse.ts'
import type { RotationConfig } from '../../config/types.ts'
import { startEmulator, type Emulator } from '../../emulator/index.ts'
import type { Key } from '../../keyset/key.ts'
import { isoTime } from '../../core/clock.ts'
import type { Io } from '../io.ts'
import type { KnownOfKey } from '../page/feed.ts'
import { INSTANCES, startReceivers, type Receivers } from './receivers.ts'

const REGION = 'cn-shanghai'
const SECRET = 'live/snapshot-callback/demo'
const RECEIVERS = 3
/** Half of the streams keep the key that they were pushed under; the others are pushed again and again. */
const ENDLESS = 0.5
const PUSH_LENGTH_MS = { min: 3_000, max: 8_000 }
const CALLBACKS_PER_SECOND = 80
/** The default; only evidence from every instance makes the wait seconds. */
const TTL = '60s'

/** The demo's set-up: an emulator, receivers for its callbacks, and the configuration to rotate on it. */
export interface Stage {
  readonly cloud: Emulator
  readonly receivers: Receivers
  readonly config: RotationConfig
  readonly streams: number
  /** The domains' keys before the rotation. */
  readonly oldKeys: readonly Key[]
  close(): Promise<void>
}

/** Starts everything without sending callbacks yet. */
export async function openStage(domains: number, { clock, random }: Io): Promise<Stage> {
  const streams = Math.max(2 * domains, 60)
  const cloud = await startEmulator({
    domains,
    streams,
    streamLength: PUSH_LENGTH_MS,
    endlessStreams: Math.round(streams * ENDLESS),
    clock,
    random,
    region: REGION,
    sendCallbacks: false,
    callbackIntervalMs: (streams * 1_000) / CALLBACKS_PER_SECOND,
  })
  try {
    const receivers = await startReceivers({
      count: RECEIVERS,
      secret: SECRET,
      region: REGION,
      kms: cloud.url,
      clock,
      random,
    })
    routeTo(receivers, cloud)
    const close = async (): Promise<void> => {
      receivers.close()
      await cloud.close()
    }
    return { cloud, receivers, streams, oldKeys: keysOf(cloud), config: configOf(cloud, receivers), close }
  } catch (error) {
    await cloud.close()
    throw error
  }
}

/** How many domains the emulator has on a key. */
export function domainsOn({ world }: Emulator, kid: string): number {
  const on = [...world.domains.values()].filter(({ auth }) => auth?.enabled === true && auth.key.kid === kid)
  return on.length
}

/** What the emulator knows of a key: how many domains are on it, and which streams sign with it. */
export function known(cloud: Emulator, kid: string): KnownOfKey {
  const signing = [...cloud.world.streams.all()].flatMap(({ domain, push }) =>
    push?.destinations.some(({ key }) => key?.kid === kid) === true ? [{ domain, at: push.at }] : [],
  )
  return {
    domains: domainsOn(cloud, kid),
    runningStreams: signing.length,
    streamDomains: [...new Set(signing.map(({ domain }) => domain))],
    ...(signing.length > 0 && { oldestStreamSince: isoTime(Math.min(...signing.map(({ at }) => at))) }),
  }
}

/**
 * Each receiver gets the callbacks of its share of the domains. Pushes every stream again, so that this takes effect.
 */
function routeTo({ urls }: Receivers, { world }: Emulator): void {
  const domains = [...world.domains.values()]
  for (const [index, { callbackUrls }] of domains.entries())
    callbackUrls.set('*', urls[index % urls.length] ?? '')
  for (const stream of world.streams.all()) world.streams.push(stream, world.now())
}

function keysOf({ world }: Emulator): Key[] {
  const keys = [...world.domains.values()].flatMap(({ auth }) => (auth === null ? [] : [auth.key]))
  return [...new Map(keys.map((key) => [key.kid, key])).values()]
}

function configOf(cloud: Emulator, receivers: Receivers): RotationConfig {
  const domains = [...cloud.world.domains.keys()]
  return parseConfig(`
region: ${REGION}
ttl: ${TTL}
propagation: { margin: 1s, instances: ${INSTANCES} }
overlap: { clockSkew: 1s }
groups:
  - name: demo
    secret: ${SECRET}
    domains: ${JSON.stringify(domains)}
    probes: ${JSON.stringify(receivers.urls)}
endpoints: { live: '${cloud.url}', kms: '${cloud.url}' }
`)
}
