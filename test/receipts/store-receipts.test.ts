import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import type { RotationRequest } from '../../lib/config/types.ts'
import { LOCAL_CREDENTIALS, startEmulator } from '../../lib/emulator/index.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { storeReceipts } from '../../lib/receipts/store-receipts.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { run } from '../../lib/rotation/run.ts'
import { VERSION } from '../../lib/core/version.ts'
import { TestClock } from '../support/clock.ts'
import { groupConfig, MINUTE, ModelCloud, request, rotationConfig } from '../support/model-cloud.ts'

let clock: TestClock
let cloud: ModelCloud
let folder: string
let log: LogEvent[]

beforeEach(() => {
  clock = new TestClock(Date.UTC(2026, 10, 24, 8))
  cloud = new ModelCloud(clock)
  folder = mkdtempSync(join(tmpdir(), 'receipts-'))
  log = []
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A run, and what is kept of it. */
async function go(
  wanted: Partial<RotationRequest> = {},
  options: { receipts?: string; waitUntil?: number; env?: Record<string, string> } = {},
): Promise<Report> {
  const process = cloud.process()
  process.waitUntil = options.waitUntil ?? Infinity
  const config = { ...rotationConfig(), receipts: options.receipts ?? folder }
  const asked = request(wanted)
  const report = await clock.run(run(asked, config, process.environment()))
  await storeReceipts({
    report,
    request: asked,
    by: { functionRequest: '1-66f0-abc' },
    config,
    clock,
    log: (event) => log.push(event),
    credentials: () => fixedCredentials(LOCAL_CREDENTIALS[0] ?? { accessKeyId: '', accessKeySecret: '' }),
    env: options.env ?? {},
  })
  return report
}

const files = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
const outcomes = (): string[] => files().map((name) => /-([a-z]+)\.json$/i.exec(name)?.[1] ?? '')

describe('receipts in a folder', () => {
  it('record what was done, by whom and why', async () => {
    const report = await go({ id: 'monthly@1', reason: 'audit finding 12' })
    const time = report.finishedAt.replaceAll(/[-:]/g, '')
    expect(time).toMatch(/^20261124T0801\d\d\.\d{3}Z$/)
    expect(files()).toEqual([`default/2026/11/${time}-2-rotated.json`])
    const text = readFileSync(join(folder, files()[0] ?? ''), 'utf8')
    expect(JSON.parse(text)).toEqual({
      format: 'live-key-receipt/1',
      version: VERSION,
      by: { functionRequest: '1-66f0-abc' },
      request: request({ id: 'monthly@1', reason: 'audit finding 12' }),
      startedAt: report.startedAt,
      finishedAt: report.finishedAt,
      group: report.groups[0],
    })
    for (const { key } of cloud.domains.values()) expect(text).not.toContain(key?.reveal())
    expect(log).toMatchObject([{ level: 'info', event: 'receipt', group: 'default' }])
  })

  it('are left only by runs that did something', async () => {
    await go({ action: 'status' })
    await go({ dryRun: true })
    expect(outcomes()).toEqual([])
    await go({}, { waitUntil: clock.now() })
    expect(outcomes()).toEqual(['waiting'])
    await go({}, { waitUntil: clock.now() })
    expect(outcomes()).toEqual(['waiting'])
    await go({ action: 'reconcile' })
    expect(outcomes()).toEqual(['waiting', 'reconciled'])
    await go()
    await clock.advance(20 * MINUTE)
    await go({ action: 'reconcile' })
    const settled = outcomes().length
    await go({ action: 'reconcile' })
    await go({ action: 'reconcile' })
    expect(outcomes()).toHaveLength(settled)
    cloud.domains.set('live1.example.com', { enabled: true, key: Key.generate() })
    await go({ action: 'reconcile' })
    expect(outcomes()).toHaveLength(settled + 1)
  })

  it('are left by every run that fails', async () => {
    cloud.broken.set('live2.example.com', { query: new RotatorError('denied', 'no permission') })
    await go({ action: 'reconcile' })
    await clock.advance(MINUTE)
    await go({ action: 'reconcile' })
    expect(outcomes()).toEqual(['incomplete', 'incomplete'])
    await go({ emergency: true })
    await go({ action: 'rollback' })
    expect(outcomes().sort()).toEqual(['failed', 'incomplete', 'incomplete', 'incomplete'])
  })

  it('never fail the run and are never overwritten', async () => {
    await go({}, { receipts: '/dev/null/receipts' })
    const message = expect.stringContaining('/dev/null/receipts') as string
    expect(log).toMatchObject([{ level: 'warn', event: 'noReceipt', message }])

    log = []
    const frozen = await go({ force: true })
    const config = { ...rotationConfig(groupConfig()), receipts: folder }
    const again = { report: frozen, request: request({ force: true }), by: { user: 'ops' }, config, clock }
    await storeReceipts({
      ...again,
      log: (event) => log.push(event),
      credentials: () => fixedCredentials(LOCAL_CREDENTIALS[0] ?? { accessKeyId: '', accessKeySecret: '' }),
      env: {},
    })
    expect(log.map(({ event }) => event)).toEqual(['receipt', 'noReceipt'])
    expect(readFileSync(join(folder, files()[0] ?? ''), 'utf8')).toContain('functionRequest')
  })
})

describe('receipts in OSS', () => {
  it('go to the bucket and the prefix, at the endpoint of the environment', async () => {
    const emulator = await startEmulator({ clock })
    clock.watch(() => emulator.inFlight > 0)
    const env = { ROTATOR_OSS_ENDPOINT: emulator.url }
    try {
      await go({}, { receipts: 'oss://evidence/audit/', env })
      expect(emulator.objects.keys('evidence')).toEqual([
        expect.stringMatching(/^audit\/default\/2026\/11\/20261124T0801\d\d\.\d{3}Z-2-rotated\.json$/),
      ])
      emulator.faults.add({ kind: 'error', action: 'PutObject', status: 404, code: 'NoSuchBucket' })
      await go({ force: true }, { receipts: 'oss://evidence', env })
      const message = expect.stringContaining('NoSuchBucket') as string
      expect(log).toMatchObject([{ event: 'receipt' }, { event: 'noReceipt', message }])
    } finally {
      await emulator.close()
    }
  })

  it('cause a warning if the endpoint is wrong', async () => {
    await go({}, { receipts: 'oss://evidence', env: { ROTATOR_OSS_ENDPOINT: 'http://oss.example.com' } })
    expect(log).toMatchObject([{ level: 'warn', event: 'noReceipt' }])
  })
})

it('has the version of the package', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ version: VERSION })
})
