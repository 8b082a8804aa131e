import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import {
  assumptionsSchema,
  DEFAULT_ASSUMPTIONS,
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  LOCAL_ACCOUNT_ID,
  readAssumptions,
  startEmulator,
  type Assumptions,
  type Emulator,
  type EmulatorOptions,
} from '../../lib/emulator/index.ts'
import { TestClock } from '../support/clock.ts'
import { CONFIG, folderWith, freePort, ioFor } from './support.ts'

const ROLE = `acs:ram::${LOCAL_ACCOUNT_ID}:role/live-key-rotator`
const SPARE = 'spare.example.org'

let emulator: Emulator
let clock: TestClock
afterEach(() => emulator.close())

async function start(assumptions: Partial<Assumptions>, options: EmulatorOptions = {}): Promise<void> {
  clock = new TestClock()
  emulator = await startEmulator({ clock, assumptions, domains: 3, roles: [{ arn: ROLE }], ...options })
  clock.watch(() => emulator.inFlight > 0)
  clock.hold(() => emulator.held)
  const spare = emulator.world.addDomain({ name: SPARE, callbackUrl: null })
  const { streams } = emulator.world
  streams.push(streams.add(spare, 'live', 'spare'), clock.now())
  emulator.callbacks.start()
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

/** Everything that may be measured, with a KMS instance where a secret may need one. */
async function attemptAll() {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/live`
  const flags = ['--try-burst', '--try-role', ROLE, '--try-listen', String(port), '--try-url', url]
  return attempt(['--yes', '--json', ...flags], `${CONFIG}kms: { keyId: key-1, instanceId: kst-1 }\n`)
}

type Entry = (typeof assumptionsSchema)['entries'][keyof Assumptions]

/** Each value that an assumption can have; of those that are endless, some. */
function valuesOf(entry: Entry): readonly unknown[] {
  const { wrapped } = entry
  if (wrapped.type === 'boolean') return [false, true]
  if (wrapped.type === 'picklist') return wrapped.options
  const samples = [
    0,
    100,
    3_000,
    { status: 404, code: 'ConfigNotFound' },
    { status: 400, code: 'Other.Code' },
  ]
  return samples.filter((sample) => v.is(wrapped, sample))
}

/** Settings in which, together, every assumption takes every one of its values. */
function allSettings(): Partial<Assumptions>[] {
  const values = Object.entries(assumptionsSchema.entries).map(
    ([name, entry]) => [name, valuesOf(entry)] as const,
  )
  const rounds = Math.max(...values.map(([, each]) => each.length))
  return Array.from({ length: rounds }, (_, round) =>
    Object.fromEntries(values.map(([name, each]) => [name, each[round % each.length]])),
  )
}

describe('doctor --try', () => {
  it.each([DEFAULT_ASSUMPTIONS, ...allSettings()])(
    'measures every assumption that the cloud was started with: %j',
    async (setting) => {
      await start(setting)
      const result = await attemptAll()
      expect(measured(result)).toEqual(setting)
      expect(readAssumptions(result.file)).toEqual(setting)
    },
  )

  it('leaves out of the file what it was not asked to measure', async () => {
    await start({})
    const { out, file } = await attempt()
    const written = Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)
    const missing = Object.keys(DEFAULT_ASSUMPTIONS).filter((name) => !written.includes(name))
    expect(missing).toEqual([
      'refusedCallsCount',
      'stsNeedsDecrypt',
      'retriesRefusedCallbacks',
      'retryTimestamp',
      'signsPort',
      'signatureCase',
    ])
    for (const flag of ['--try-burst', '--try-role ARN', '--try-listen PORT --try-url URL'])
      expect(out).toContain(`not measured: add ${flag}`)
  })

  it('finds that a secret needs an instance, and continues with the configured one', async () => {
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

  it('prints a table, leaves the domain without a key, and leaves other domains alone', async () => {
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
    ['with an address that nobody is told', ['--yes', '--try-listen', '4711'], '--try-url go together'],
    [
      'with a URL that is none',
      ['--yes', '--try-listen', '4711', '--try-url', 'x'],
      'must be an http or https URL',
    ],
    ['with a port that is none', ['--yes', '--try-listen', '70000'], 'a port, or an address and a port'],
  ])('does nothing %s', async (_, args, message) => {
    await start({})
    const { code, err, file } = await attempt(args)
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(existsSync(file)).toBe(false)
    expect(emulator.calls.of()).toEqual([])
  })

  it('infers nothing about the cloud from a denial by RAM, and names the permission', async () => {
    const all = { Effect: 'Allow', Action: ['live:*', 'kms:*'], Resource: '*' } as const
    const none = { Effect: 'Deny', Action: ['live:Query*', 'kms:CreateSecret'], Resource: '*' } as const
    const policies = [{ Version: '1', Statement: [all, none] }]
    const local = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }
    await start({}, { credentials: [{ ...local, policies }] })
    const { out, file } = await attempt()
    expect(out).toContain('RAM denies it: allow live:QuerySnapshotCallbackAuth')
    expect(out).toContain('RAM denies it: allow kms:CreateSecret')
    const written = readFileSync(file, 'utf8')
    for (const name of ['unconfiguredQuery', 'createNeedsInstance', 'evicts', 'Forbidden'])
      expect(written).not.toContain(name)
    expect(written).toContain('"unconfiguredNotifyConfig": "blank"')
  })

  it.each([
    ['a role that is not there', { roles: [] }, 'the role cannot read the secret (404 EntityNotExist.Role)'],
    ['a secret without a key', {}, 'give up a secret that is under a key of yours'],
  ])('says what is missing: %s', async (_, options, message) => {
    await start({}, options)
    const config = 'roles' in options ? `${CONFIG}kms: { keyId: key-1, instanceId: kst-1 }\n` : CONFIG
    expect((await attempt(['--yes', '--try-role', ROLE], config)).out).toContain(message)
  })

  it('does nothing to a domain that discovery would find', async () => {
    await start({})
    const { code, err } = await attempt(['--yes'], `${CONFIG}    discover: { suffix: .example.org }\n`)
    expect(code).toBe(2)
    expect(err).toContain('give up one that is in no group')
  })
})
