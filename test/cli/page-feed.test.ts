import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import { runDashboard } from '../../lib/cli/commands/dashboard/run.ts'
import { Feed, merged } from '../../lib/cli/page/feed.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET } from '../../lib/emulator/index.ts'
import { run } from '../../lib/rotation/run.ts'
import { TestClock } from '../support/clock.ts'
import { LocalCloud } from '../support/local-cloud.ts'
import { groupConfig, ModelCloud, request, rotationConfig } from '../support/model-cloud.ts'
import { EMERGENCY, groupReport, keyReport, reportOf } from './page-reports.ts'
import { contextOf, folderWith, ioFor } from './support.ts'

/** A model of the cloud with something behind it, and the clock of it. */
interface Lived {
  readonly cloud: ModelCloud
  readonly clock: TestClock
}

/** A feed on a model of the cloud, and what each of its looks asked for. */
function newFeed({ cloud, clock }: Lived, known?: ConstructorParameters<typeof Feed>[0]['known']) {
  const stopping = new AbortController()
  const process = cloud.process()
  const feed = new Feed({
    config: rotationConfig(groupConfig()),
    request: request({ action: 'status' }),
    environment: process.environment(),
    run,
    clock,
    signal: stopping.signal,
    ...(known && { known }),
  })
  /** Watches for so long, and counts the calls of it. */
  const watch = async (seconds: number): Promise<Readonly<Record<string, number>>> => {
    const watching = feed.watch()
    await clock.advance(seconds * 1_000)
    stopping.abort()
    await clock.run(watching)
    return process.calls
  }
  return { feed, process, watch }
}

/** A cloud on which a key was set before. */
async function rotated(emergency = false): Promise<Lived> {
  const clock = new TestClock()
  const cloud = new ModelCloud(clock)
  const { open, probe, random } = cloud.process().environment()
  const environment = { clock, open, probe, random, log: () => undefined, deadline: Infinity }
  const go = (wanted: Parameters<typeof request>[0], waitUntil: number) =>
    clock.run(run(request(wanted), rotationConfig(groupConfig()), { ...environment, waitUntil }))
  await go({}, Infinity)
  if (emergency) await go({ emergency: true, force: true }, 0)
  return { cloud, clock }
}

describe('what the feed reads', () => {
  test('the keyset every second and a half, domains and streams every fifteen', async () => {
    const { feed, watch } = newFeed(await rotated())
    const calls = await watch(60)
    expect(calls['query']).toBeGreaterThanOrEqual(3 * 3)
    expect(calls['query']).toBeLessThanOrEqual(3 * 5)
    expect(calls['load']).toBeGreaterThan(35)
    expect(calls['load']).toBeLessThan(60)
    expect(feed.report?.groups[0]).toMatchObject({ phase: 'draining', domains: { confirmed: 3, total: 3 } })
    expect(feed.problem).toBeUndefined()
    // A look without Live has no warnings for what it did not ask.
    expect(feed.report?.groups[0]?.warnings).toEqual([])
  })

  test('nothing is changed', async () => {
    const lived = await rotated()
    const before = [...lived.cloud.effects]
    await newFeed(lived).watch(60)
    expect(lived.cloud.effects).toEqual(before)
  })

  test('nothing from Live during an emergency, which needs the whole rate', async () => {
    const lived = await rotated(true)
    expect(lived.cloud.keyset?.keys.map(({ state }) => state)).toContain('pending')
    const { feed, watch } = newFeed(lived)
    const calls = await watch(60)
    expect(Object.keys(calls).sort()).not.toContain('query')
    expect(calls).not.toHaveProperty('streams')
    expect(calls).not.toHaveProperty('discover')
    expect(feed.report?.groups[0]?.keys.some(({ state }) => state === 'compromised')).toBe(true)
  })

  test('nothing from Live if somebody else provides it', async () => {
    const { feed, watch } = newFeed(await rotated(), () => ({ domains: 2, runningStreams: 7 }))
    const calls = await watch(30)
    expect(calls).not.toHaveProperty('query')
    expect(feed.report?.groups[0]).toMatchObject({
      domains: { confirmed: 2 },
      keys: expect.arrayContaining([expect.objectContaining({ domains: 2, runningStreams: 7 })]) as unknown,
    })
  })
})

test('reports a failed look and keeps the last one', async () => {
  const { feed, process, watch } = newFeed(await rotated())
  let looks = 0
  process.around = (ports) => {
    looks++
    if (looks > 4) throw new RotatorError('unavailable', 'KMS is not to be reached')
    return ports
  }
  await watch(30)
  expect(looks).toBeGreaterThan(10)
  const [group] = feed.report?.groups ?? []
  const told = feed.problem ?? group?.error?.message
  expect(told).toContain('KMS is not to be reached')
})

describe('the current keyset with earlier domains', () => {
  test('shows either one if it is alone', () => {
    const report = reportOf(groupReport())
    expect(merged(undefined, undefined)).toBeUndefined()
    expect(merged(report, undefined)).toBe(report)
    expect(merged(undefined, report)).toBe(report)
  })

  test('shows a newer key without domains as the key to be on', () => {
    const [group] = merged(reportOf(groupReport()), reportOf(EMERGENCY))?.groups ?? []
    expect(group).toMatchObject({
      kid: 'bbbbbbbbbbbb',
      phase: 'applying',
      domains: { total: 3, confirmed: 0 },
    })
    expect(group?.keys.map(({ kid, state, domains }) => [kid, state, domains])).toEqual([
      ['bbbbbbbbbbbb', 'pending', 0],
      ['aaaaaaaaaaaa', 'compromised', 3],
    ])
  })

  test('keeps stream counts with their key', () => {
    const full = reportOf(groupReport({ keys: [keyReport({ runningStreams: 8 })] }))
    const quick = reportOf(groupReport({ keys: [keyReport({ runningStreams: null, domains: null })] }))
    expect(merged(full, quick)?.groups[0]?.keys).toMatchObject([{ runningStreams: 8, domains: 3 }])
  })

  test('says so if a group cannot be read', () => {
    const failed = groupReport({ outcome: 'failed', error: { code: 'denied', message: 'no' } })
    expect(merged(reportOf(groupReport()), reportOf(failed))?.groups).toEqual([failed])
  })
})

test('at most four queries a second, because rotations share the account', async () => {
  const cloud = await LocalCloud.start({ domains: 60 })
  onTestFinished(() => cloud.close())
  const { clock, emulator } = cloud
  await clock.run(cloud.begin({ action: 'reconcile' }))
  emulator.calls.clear()
  const stopping = new AbortController()
  void clock.sleep(40_000).then(() => stopping.abort())
  const io = ioFor(clock, { interrupted: stopping.signal })
  const folder = folderWith({
    'rotation.yaml': `
region: cn-shanghai
groups:
  - name: default
    secret: ${cloud.group.secret}
    domains: ${JSON.stringify(cloud.group.domains)}
endpoints: { live: '${emulator.url}', kms: '${emulator.url}' }
`,
  })
  const env = {
    ...io.env,
    ROTATOR_CONFIG: join(folder, 'rotation.yaml'),
  }
  // The SDK's chain of credentials looks there, and nowhere else.
  vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', LOCAL_ACCESS_KEY_ID)
  vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', LOCAL_ACCESS_KEY_SECRET)
  const result = await clock.run(runDashboard({ port: 0 }, contextOf({ ...io, env }, cloudServices)))
  expect(result.exitCode).toBe(0)
  expect(io.stderr.text).toMatch(/^The page is at http:\/\/127\.0\.0\.1:\d+\/; Ctrl-C closes it\.$/m)
  const ticks = emulator.calls.of('QuerySnapshotCallbackAuth').map(({ tick }) => tick)
  expect(ticks.length).toBeGreaterThanOrEqual(60)
  for (const [index, tick] of ticks.entries()) {
    const within = ticks.slice(index).filter((other) => other < tick + 1_000)
    expect(within.length).toBeLessThanOrEqual(4)
  }
})
