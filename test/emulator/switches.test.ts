import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAssumptions, writeAssumptions } from '../../lib/emulator/assumptions-file.ts'
import { assumptionsOf, DEFAULT_ASSUMPTIONS } from '../../lib/emulator/assumptions.ts'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../lib/emulator/index.ts'
import { TestClock } from '../support/clock.ts'
import { openApiCore, refusal } from './sdks.ts'

const NAME = 'live/snapshot-callback/default'
const SECRET = { SecretName: NAME, VersionId: 'keyset-00000001', SecretData: '{}' }
const DOMAIN = { DomainName: 'live1.example.com' }

let emulator: Emulator
let clock: TestClock

async function start(options: EmulatorOptions = {}): Promise<ReturnType<typeof openApiCore>> {
  emulator = await startEmulator({ clock, ...options })
  return openApiCore(emulator.endpoint)
}

beforeEach(() => {
  clock = new TestClock()
})

afterEach(async () => {
  await emulator.close()
})

async function control(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; answer: unknown }> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const response = await fetch(`${emulator.url}/_emulator/${path}`, init)
  return { status: response.status, answer: await response.json() }
}

describe("the cloud's clock", () => {
  const shown = async (call: ReturnType<typeof openApiCore>) => {
    const { CreateTime } = await call('GetSecretValue', { SecretName: NAME })
    const { OnlineInfo } = await call('DescribeLiveStreamsOnlineList', DOMAIN)
    const date = (await fetch(emulator.url)).headers.get('date')
    const [PublishTime] = JSON.stringify(OnlineInfo).match(/\d{4}-\d\d-\d\dT[\d:]+Z/) ?? []
    return [CreateTime, PublishTime, date].map((text) => Date.parse(String(text)) - clock.now())
  }

  it.each([0, 300_000, -300_000, 90_000])(
    'is %i ms ahead of ours in every time that it shows',
    async (offset) => {
      const call = await start({ clockOffsetMs: offset })
      await call('CreateSecret', SECRET)
      emulator.world.streams.push(
        emulator.world.streams.add(emulator.world.domain('live1.example.com'), 'live', 's'),
        clock.now(),
      )
      for (const gap of await shown(call)) expect(Math.abs(gap - offset)).toBeLessThan(1_000)
    },
  )

  it('can be set while it runs, by at most five minutes', async () => {
    await start()
    await expect(control('POST', 'clock', { offsetMs: -120_000 })).resolves.toEqual({
      status: 200,
      answer: { offsetMs: -120_000 },
    })
    expect(Date.parse((await fetch(emulator.url)).headers.get('date') ?? '') - clock.now()).toBeLessThan(
      -119_000,
    )
    for (const offsetMs of [300_001, -300_001, 0.5, 'later', undefined]) {
      await expect(control('POST', 'clock', { offsetMs })).resolves.toMatchObject({ status: 400 })
    }
    await expect(control('GET', 'clock')).resolves.toEqual({ status: 200, answer: { offsetMs: -120_000 } })
  })
})

describe('KMS', () => {
  it('lists a version with the configured lag, and finds it at once', async () => {
    const call = await start({ assumptions: { versionListLagMs: 5_000 } })
    const listed = async () => {
      const { VersionIds } = await call('ListSecretVersionIds', { SecretName: NAME })
      return VersionIds
    }
    const version = (n: number, ...stages: string[]): unknown =>
      expect.objectContaining({ VersionId: `keyset-0000000${n}`, VersionStages: { VersionStage: stages } })
    await call('CreateSecret', SECRET)
    await expect(listed()).resolves.toEqual({ VersionId: [] })
    await clock.advance(5_000)
    await call('PutSecretValue', { ...SECRET, VersionId: 'keyset-00000002' })
    await expect(call('GetSecretValue', { SecretName: NAME })).resolves.toMatchObject({
      VersionId: 'keyset-00000002',
    })
    await clock.advance(4_999)
    await expect(listed()).resolves.toEqual({ VersionId: [version(1, 'ACSCurrent')] })
    await clock.advance(1)
    await expect(listed()).resolves.toEqual({
      VersionId: [version(1, 'ACSPrevious'), version(2, 'ACSCurrent')],
    })
  })

  it('creates a secret only in an instance and under a key if it must', async () => {
    const call = await start({ assumptions: { createNeedsInstance: true } })
    const instance = { DKMSInstanceId: 'kst-1', EncryptionKeyId: 'key-1' }
    for (const some of [{}, { DKMSInstanceId: 'kst-1' }, { EncryptionKeyId: 'key-1' }]) {
      await expect(refusal(call('CreateSecret', { ...SECRET, ...some }))).resolves.toMatchObject({
        code: 'InvalidParameter',
      })
    }
    await expect(call('CreateSecret', { ...SECRET, ...instance })).resolves.toMatchObject(
      instance.DKMSInstanceId ? { DKMSInstanceId: 'kst-1' } : {},
    )
  })

  it('requires kms:Decrypt of temporary credentials, or does not', async () => {
    const reads = async (stsNeedsDecrypt: boolean, temporary: boolean) => {
      const call = await start({ assumptions: { stsNeedsDecrypt } })
      await call('CreateSecret', { ...SECRET, EncryptionKeyId: 'key-1' })
      const policies = [
        {
          Version: '1',
          Statement: [{ Effect: 'Allow' as const, Action: 'kms:GetSecretValue', Resource: '*' }],
        },
      ]
      const reader = temporary
        ? emulator.credentials.issue({ policies })
        : emulator.credentials.add({ accessKeyId: 'reader', accessKeySecret: 'local', policies })
      const read = openApiCore(emulator.endpoint, reader)('GetSecretValue', { SecretName: NAME })
      const code = await read.then(
        () => 'ok',
        () => 'denied',
      )
      await emulator.close()
      return code
    }
    await expect(reads(true, true)).resolves.toBe('denied')
    await expect(reads(false, true)).resolves.toBe('ok')
    await expect(reads(false, false)).resolves.toBe('denied')
  })

  it('lists pages of 20 if configured', async () => {
    const call = await start({ assumptions: { listPageSize: 20 } })
    await call('CreateSecret', SECRET)
    await expect(call('ListSecretVersionIds', { SecretName: NAME })).resolves.toMatchObject({ PageSize: 20 })
  })
})

it('Live reports a missing configuration in the configured words', async () => {
  const configNotFound = { status: 400, code: 'CodeConfigNotFound' }
  const call = await start({
    auth: 'unset',
    assumptions: { configNotFound, unconfiguredQuery: 'error', unconfiguredNotifyConfig: 'error' },
  })
  for (const action of [
    'QuerySnapshotCallbackAuth',
    'DescribeLiveSnapshotNotifyConfig',
    'UpdateLiveSnapshotNotifyConfig',
  ]) {
    await expect(refusal(call(action, DOMAIN))).resolves.toMatchObject({
      code: 'CodeConfigNotFound',
      status: 400,
    })
  }
})

describe('assumptions', () => {
  let folder: string
  beforeEach(async () => {
    await start()
    folder = await mkdtemp(join(tmpdir(), 'assumptions-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('are read back from a file as they were written', () => {
    const file = join(folder, 'mine.json')
    const mine = assumptionsOf({
      evicts: 'oldest',
      queryLagMs: 1_500,
      versionConflict: { status: 400, code: 'Rejected.Other' },
    })
    writeAssumptions(file, mine)
    expect(readAssumptions(file)).toEqual(mine)
    writeAssumptions(file, { listPageSize: 20 })
    expect(readAssumptions(file)).toEqual({ ...DEFAULT_ASSUMPTIONS, listPageSize: 20 })
  })

  it.each([
    ['{"evict": "oldest"}', /"evict" is not an assumption; the assumptions are .*evicts/],
    ['{"evicts": "newest"}', /"evicts" must be .*"oldest".*not "newest"/],
    ['{"versionConflict": {"status": 200, "code": "A"}}', /"versionConflict.status" must be >=400, not 200/],
    ['{"versionConflict": {"status": 409}}', /"versionConflict.code"/],
    ['{"queryLagMs": "5s"}', /"queryLagMs" must be number, not "5s"/],
    ['{"queryLagMs": -1}', /"queryLagMs" must be >=0, not -1/],
    ['[]', /must be an object/],
    ['null', /must be an object/],
    ['{', /it is not JSON/],
  ])('are refused with the name of what is wrong: %s', async (text, problem) => {
    const file = join(folder, 'bad.json')
    await writeFile(file, text)
    expect(() => readAssumptions(file)).toThrow(problem)
    expect(() => readAssumptions(file)).toThrow(file)
  })

  it('say which file is missing', () => {
    expect(() => readAssumptions(join(folder, 'none.json'))).toThrow(/none\.json cannot be read \(ENOENT\)/)
  })

  it('are shown by a control endpoint in the form of the file', async () => {
    const file = join(folder, 'shown.json')
    const { answer } = await control('GET', 'assumptions')
    await writeFile(file, JSON.stringify(answer))
    expect(readAssumptions(file)).toEqual(DEFAULT_ASSUMPTIONS)
    await expect(readFile(file, 'utf8')).resolves.toContain('versionListLagMs')
  })
})
