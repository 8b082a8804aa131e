import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import {
  DEFAULT_ASSUMPTIONS,
  readAssumptions,
  startEmulator,
  type Assumptions,
  type Emulator,
  type EmulatorOptions,
} from '../../lib/emulator/index.ts'
import { TestClock } from '../support/clock.ts'
import { CONFIG, folderWith, ioFor } from './support.ts'

/** What takes a flood of calls or a receiver on the internet to be seen, or credentials that this command does not have. */
const NOT_MEASURED = [
  'refusedCallsCount',
  'stsNeedsDecrypt',
  'retriesRefusedCallbacks',
  'retryTimestamp',
  'signsPort',
  'signatureCase',
] as const
const SPARE = 'spare.example.org'

let emulator: Emulator
let clock: TestClock
afterEach(() => emulator.close())

async function start(assumptions: Partial<Assumptions>, options: EmulatorOptions = {}): Promise<void> {
  clock = new TestClock()
  emulator = await startEmulator({ clock, assumptions, domains: 3, ...options })
  clock.watch(() => emulator.inFlight > 0)
  clock.hold(() => emulator.held)
  emulator.world.addDomain({ name: SPARE, callbackUrl: null })
}

async function attempt(args: readonly string[] = ['--yes'], config = CONFIG) {
  const folder = folderWith({ 'rotation.yaml': config })
  const file = join(folder, 'measured.json')
  const io = ioFor(clock)
  const line = ['doctor', '--try', SPARE, '--try-secret', 'spare/secret', '--assumptions', file, ...args]
  const { url } = emulator
  const env = { ROTATOR_LIVE_ENDPOINT: url, ROTATOR_KMS_ENDPOINT: url, ROTATOR_FC_ENDPOINT: url }
  const code = await clock.run(
    runCli(line, {
      io: { ...io, env: { ...env, ROTATOR_CONFIG: join(folder, 'rotation.yaml') } },
      version: '1.2.3',
      services: () => Promise.resolve(cloudServices),
    }),
  )
  return { code, out: io.stdout.text, err: io.stderr.text, file }
}

const measured = ({ out }: { readonly out: string }) =>
  (JSON.parse(out) as { assumptions: Partial<Assumptions> }).assumptions

const SETTINGS: readonly Partial<Assumptions>[] = [
  {},
  { accessKeyNotFoundStatus: 400 },
  { kmsExpiredTimestampCode: 'IllegalTimestamp' },
  { unconfiguredQuery: 'error' },
  { unconfiguredNotifyConfig: 'error' },
  { unconfiguredQuery: 'error', configNotFound: { status: 400, code: 'CodeConfigNotFound' } },
  { setWithoutCallbackUrl: 'accept' },
  { queryLagMs: 3_000 },
  { queryLagMs: 3_000, setWithoutCallbackUrl: 'accept' },
  { versionConflict: { status: 400, code: 'InvalidParameter' } },
  { versionListLagMs: 2_000 },
  { movingCurrentMovesPrevious: true },
  { evicts: 'oldest' },
  { listPageSize: 20 },
]

describe('doctor --try', () => {
  it.each(SETTINGS)('gets back what the cloud was started with: %j', async (setting) => {
    await start(setting)
    const result = await attempt(['--yes', '--json'])
    // How a missing configuration is told, only one that is told shows.
    const isTold = [setting.unconfiguredQuery, setting.unconfiguredNotifyConfig].includes('error')
    const hidden: readonly string[] = [...NOT_MEASURED, ...(isTold ? [] : ['configNotFound'])]
    const expected = Object.fromEntries(
      Object.entries({ ...DEFAULT_ASSUMPTIONS, ...setting }).filter(([name]) => !hidden.includes(name)),
    )
    expect(measured(result)).toEqual(expected)
    expect(readAssumptions(result.file)).toEqual({ ...DEFAULT_ASSUMPTIONS, ...measured(result) })
  })

  it('gets back that a secret needs an instance, and goes on with the configured one', async () => {
    await start({ createNeedsInstance: true })
    const config = `${CONFIG}kms: { keyId: key-1, instanceId: kst-1 }\n`
    expect(measured(await attempt(['--yes', '--json'], config))).toMatchObject({
      createNeedsInstance: true,
      evicts: 'earliestWithoutStage',
    })
    emulator.world.secrets.delete('1000000000000001', 'spare/secret', null)
    const without = measured(await attempt(['--yes', '--json']))
    expect(without.createNeedsInstance).toBe(true)
    expect(without.evicts).toBeUndefined()
  })

  it('prints a table, and leaves the domain without a key and other domains alone', async () => {
    await start({})
    const before = emulator.world.domain('live1.example.com').auth
    const { code, out, file } = await attempt()
    expect(code).toBe(0)
    expect(out).toMatch(/which version goes at the eleventh +the earliest without a stage/)
    expect(out).toContain(`emulator --assumptions ${file}`)
    expect(emulator.world.domain(SPARE)).toMatchObject({ auth: null, notify: null })
    expect(emulator.world.domain('live1.example.com').auth).toEqual(before)
    expect(emulator.world.secrets.all().map(({ name }) => name)).toEqual(['spare/secret'])
    expect(readFileSync(file, 'utf8')).not.toMatch(/[A-Za-z0-9]{32}/)
  })

  it.each([
    ['where nobody agreed', [], 'nothing was tried'],
    ['with half of what it needs', ['--yes', '--try-secret', ''], 'a domain and a secret'],
    ['on a domain that is configured', ['--yes', '--try', 'LIVE1.example.com'], 'is of group default'],
    [
      'on a secret that is configured',
      ['--yes', '--try-secret', 'live/snapshot-callback/default'],
      'is of group default',
    ],
  ])('does nothing %s', async (_, args, message) => {
    await start({})
    const { code, err, file } = await attempt(args)
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(existsSync(file)).toBe(false)
    expect(emulator.calls.of()).toEqual([])
  })

  it('does nothing on a domain that discovery would find', async () => {
    await start({})
    const { code, err } = await attempt(['--yes'], `${CONFIG}    discover: { suffix: .example.org }\n`)
    expect(code).toBe(2)
    expect(err).toContain('give up one that is in no group')
  })
})
