import { createAlibaba } from '../../alibaba/account.ts'
import { fixedCredentials } from '../../alibaba/credentials.ts'
import { parseConfig } from '../../config/parse.ts'
import { parseRequest } from '../../config/request.ts'
import type { RotationConfig } from '../../config/types.ts'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  startEmulator,
  type Emulator,
} from '../../emulator/index.ts'
import { RotatorError } from '../../errors.ts'
import type { Key } from '../../keyset/key.ts'
import type { LogEvent } from '../../rotation/ports.ts'
import type { Report } from '../../rotation/report.ts'
import { run } from '../../rotation/run.ts'
import { interruptibleClock } from '../interruptible.ts'
import type { Io } from '../io.ts'
import type { Progress } from '../progress/progress.ts'
import { newRunId } from '../run-id.ts'
import { runRequest } from '../run-request.ts'
import { count, number } from '../text/human.ts'
import { elapsedMs, leastTimeMs, type DemoFigures } from './figures.ts'
import { Forger } from './forger.ts'
import { startReceivers, type Receivers } from './receivers.ts'

const REGION = 'cn-shanghai'
const SECRET = 'live/snapshot-callback/demo'
const RECEIVERS = 3
/** Half of the streams hold the key that they were pushed under all through; the others are pushed again and again. */
const ENDLESS = 0.5
const PUSH_LENGTH_MS = { min: 3_000, max: 8_000 }
const CALLBACKS_PER_SECOND = 80
/** Enough callbacks that one in a few hundred would show. */
const LEAST_CALLBACKS = 500
const BEFORE_MS = 1_500
const AFTER_MS = 3_000
const LONGEST_AFTER_MS = 30_000

export interface DemoSetting {
  readonly domains: number
  readonly emergency: boolean
}

/**
 * The main job, from end to end on this machine: a local cloud, receivers that use the library, streams whose callbacks
 * reach them, and a rotation with the real SDKs in the middle of it.
 */
export async function demo(setting: DemoSetting, io: Io, progress: Progress): Promise<DemoFigures> {
  const { clock, random } = io
  const streams = Math.max(2 * setting.domains, 60)
  const cloud = await startEmulator({
    domains: setting.domains,
    streams,
    streamLength: PUSH_LENGTH_MS,
    endlessStreams: Math.round(streams * ENDLESS),
    clock,
    random,
    region: REGION,
    sendCallbacks: false,
    callbackIntervalMs: (streams * 1_000) / CALLBACKS_PER_SECOND,
  })
  let receivers: Receivers | undefined
  try {
    receivers = await startReceivers({
      count: RECEIVERS,
      secret: SECRET,
      region: REGION,
      kms: cloud.url,
      clock,
      random,
    })
    return await show(setting, { cloud, receivers, streams, io, progress })
  } finally {
    receivers?.close()
    await cloud.close()
  }
}

interface Stage {
  readonly cloud: Emulator
  readonly receivers: Receivers
  readonly streams: number
  readonly io: Io
  readonly progress: Progress
}

async function show({ domains, emergency }: DemoSetting, stage: Stage): Promise<DemoFigures> {
  const { cloud, receivers, streams, io, progress } = stage
  const clock = interruptibleClock(io.clock, io.interrupted)
  routeTo(receivers, cloud)
  const oldKeys = keysOf(cloud)
  const config = demoConfig(cloud, receivers)
  const act = actor(config, stage)

  progress.title(
    `A local cloud on ${cloud.url}: ${count(domains, 'domain')}, ${count(streams, 'stream')}, ${count(RECEIVERS, 'receiver')}`,
  )
  progress.title('1. Taking in the keys that the domains are on')
  await act({ action: 'reconcile' })
  await receivers.ready()

  progress.title('2. Streams send snapshot callbacks; somebody forges others')
  const forger = new Forger({
    cloud,
    clock: io.clock,
    urls: receivers.urls,
    leaked: emergency ? oldKeys : [],
  })
  const { genuine } = cloud.callbacks
  progress.ticker(() => {
    const { sent, accepted, quarantined, rejected } = genuine.counts
    return `callbacks: ${number(sent)} sent, ${number(accepted)} accepted, ${number(quarantined)} quarantined, ${number(rejected)} rejected`
  })
  cloud.callbacks.start()
  forger.start()
  try {
    await clock.sleep(BEFORE_MS)
    progress.title(
      emergency ? '3. The keys have leaked: an emergency' : '3. The key is rotated, while callbacks go on',
    )
    const startedAt = io.clock.now()
    const before = cloud.calls.of().length
    const [ttlMs] = config.groups.map((group) => group.ttlMs)
    const report = await act({ action: 'rotate', emergency }, (event) => {
      if (emergency && event.event === 'saved' && forger.cutOffAt === Infinity) {
        forger.cutOffAt = io.clock.now() + (ttlMs ?? 0)
      }
    })
    const calls = cloud.calls.of().slice(before)

    progress.title('4. Streams are pushed again and sign with the new key')
    const kid = report.groups[0]?.kid ?? ''
    await untilSeen(stage, kid)
    return {
      domains,
      rotated: onKey(cloud, kid),
      elapsedMs: elapsedMs(calls),
      limitMs: Math.round(leastTimeMs(domains, emergency ? config.throttle.emergency : config.throttle.set)),
      throttled: cloud.calls.throttled,
      callbacks: await settle(stage, forger, kid),
      forged: { sent: forger.sent, accepted: forger.accepted },
      ...(emergency && {
        cutOff: {
          promisedMs: forger.cutOffAt - startedAt,
          seenMs: Math.max(0, (forger.lastLeakedAccepted ?? startedAt) - startedAt),
        },
      }),
      report,
    }
  } finally {
    await forger.stop()
  }
}

/** Each receiver gets the callbacks of its share of the domains. Every stream is pushed anew to learn where. */
function routeTo({ urls }: Receivers, { world }: Emulator): void {
  const domains = [...world.domains.values()]
  for (const [index, { callbackUrls }] of domains.entries())
    callbackUrls.set('*', urls[index % urls.length] ?? '')
  for (const stream of world.streams.all()) world.streams.push(stream, world.now())
}

function keysOf({ world }: Emulator): Key[] {
  return [...new Set([...world.domains.values()].flatMap(({ auth }) => (auth === null ? [] : [auth.key])))]
}

function demoConfig(cloud: Emulator, receivers: Receivers): RotationConfig {
  const domains = [...cloud.world.domains.keys()]
  return parseConfig(`
region: ${REGION}
ttl: 5s
propagation: { margin: 1s }
overlap: { clockSkew: 1s }
groups:
  - name: demo
    secret: ${SECRET}
    domains: ${JSON.stringify(domains)}
    probes: ${JSON.stringify(receivers.urls)}
endpoints: { live: '${cloud.url}', kms: '${cloud.url}' }
`)
}

/** Runs requests one after the other, as one account: the throttle goes on from one to the next. */
function actor(config: RotationConfig, { io, progress }: Stage) {
  const credentials = fixedCredentials({
    accessKeyId: LOCAL_ACCESS_KEY_ID,
    accessKeySecret: LOCAL_ACCESS_KEY_SECRET,
  })
  const alibaba = createAlibaba({
    config,
    credentials,
    clock: io.clock,
    random: io.random,
    log: progress.log,
  })
  return async (request: object, listener: (event: LogEvent) => void = () => undefined): Promise<Report> => {
    const log = (event: LogEvent): void => {
      listener(event)
      progress.log(event)
    }
    const report = await runRequest(parseRequest({ ...request, id: newRunId() }), config, {
      io,
      run,
      open: (group) => alibaba.open(group),
      log,
      waitsMs: Infinity,
    })
    const [group] = report.groups
    if (io.interrupted.aborted) throw new RotatorError('deadline', 'the demo was stopped by Ctrl-C')
    if (group?.outcome === 'failed')
      throw new RotatorError('rotationFailed', group.error?.message ?? 'the group failed')
    return report
  }
}

/** Until callbacks under the new key have been seen, and enough in all. */
async function untilSeen({ cloud, io }: Stage, kid: string): Promise<void> {
  const clock = interruptibleClock(io.clock, io.interrupted)
  const startedAt = clock.now()
  for (;;) {
    await clock.sleep(250)
    const waited = clock.now() - startedAt
    const { sent, byKid } = cloud.callbacks.genuine.counts
    const enough = sent >= LEAST_CALLBACKS && (byKid[kid]?.accepted ?? 0) > 0
    if (waited >= (enough ? AFTER_MS : LONGEST_AFTER_MS)) return
  }
}

/** Lets everything that is under way come to its end, and counts. A callback without an answer was not accepted either. */
async function settle({ cloud, io }: Stage, forger: Forger, kid: string): Promise<DemoFigures['callbacks']> {
  cloud.callbacks.stop()
  await forger.stop()
  while (cloud.callbacks.pending > 0) await io.clock.sleep(20)
  const { sent, accepted, quarantined, rejected, lost, byKid } = cloud.callbacks.genuine.counts
  return { sent, accepted, quarantined, rejected: rejected + lost, newKey: byKid[kid]?.accepted ?? 0 }
}

function onKey({ world }: Emulator, kid: string): number {
  return [...world.domains.values()].filter(({ auth }) => auth?.enabled === true && auth.key.kid === kid)
    .length
}
