import { createServer, type RequestListener, type Server } from 'node:http'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../lib/core/local-server.ts'
import type { CheckDocument, CheckId } from '../../lib/cli/commands/doctor/check.ts'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import { signCallback } from '../../lib/keyset/signature.ts'
import { createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { nodeReceiver } from '../../lib/receiver/adapters/node.ts'
import { roleWith } from '../support/local-cloud.ts'
import { actionsOf, ramPolicy, without } from '../support/ram.ts'
import { cliOn, SECRET, storedDocument, storeKeyset, type EmulatorCliOptions } from './on-emulator.ts'
import { folderWith } from './support.ts'

const current = Key.generate()

let emulator: Emulator
let servers: Server[]
beforeEach(() => {
  servers = []
})
afterEach(async () => {
  for (const server of servers) server.close()
  await emulator.close()
})

async function start(options: EmulatorOptions = {}): Promise<void> {
  emulator = await startEmulator({ domains: 2, streams: 2, sendCallbacks: false, ...options })
}

async function listening(handler: RequestListener): Promise<string> {
  const server = createServer(handler)
  servers.push(server)
  return `http://127.0.0.1:${await listen(server)}/live/snapshot`
}

/** A receiver that verifies by the keyset that is stored. */
function verifying(): Promise<string> {
  const verify = createVerifier({ keyset: staticKeyset(storedDocument(emulator)), host: '127.0.0.1' })
  return listening(
    nodeReceiver(verify, (_, request, response) => {
      request.resume()
      response.end()
    }),
  )
}

const configWith = (lines = ''): string => `
region: cn-shanghai
groups:
  - name: default
    secret: ${SECRET}
    domains: [live1.example.com, live2.example.com]
${lines}`

interface Found {
  readonly code: number
  readonly ok: boolean
  readonly checks: readonly CheckDocument[]
  of(id: CheckId): readonly CheckDocument[]
}

async function doctor(options: EmulatorCliOptions = {}, ...args: string[]): Promise<Found> {
  const { code, out } = await cliOn(emulator, ['doctor', ...args, '--json'], {
    config: configWith(),
    ...options,
  })
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: CheckDocument[] }
  return { code, ok, checks, of: (id) => checks.filter((check) => check.id === id) }
}

/** Without what is typed, and the id and the subject that a check begins with. */
function withoutCommands(line: string): string {
  return line.replace(/(live-key-rotator|npm run) [\w ]+/, '').replace(/^. \S+ \S+：/, '')
}

describe('doctor', () => {
  it('finds everything in order', async () => {
    await start()
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    const url = await verifying()
    const { code, ok, checks } = await doctor({ config: configWith(`    probes: ['${url}']\n`) })
    expect(checks.filter(({ status }) => status !== 'ok' && status !== 'skipped')).toEqual([])
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(JSON.stringify(checks)).not.toContain(current.reveal())
  })

  it('speaks Chinese, but not to programs', async () => {
    await start()
    const url = await listening((_, response) => response.writeHead(200).end())
    const config = configWith(`    discover: { suffix: .example.com }\n    probes: ['${url}']\n`)
    const { out } = await cliOn(emulator, ['doctor', '--lang', 'zh'], { config })
    expect(out).toContain(`receiver.refuses ${url}：接受了刚刚编造的密钥：它没有校验（返回 200）`)
    expect(out).toMatch(/下一步: live-key-rotator doctor/)
    expect(out.split('\n').filter((line) => /[a-z]{2,}[, ]+[a-z]{2,}/i.test(withoutCommands(line)))).toEqual(
      [],
    )
    const english = await doctor({ config })
    const chinese = await doctor({ config }, '--lang', 'zh')
    // The first is about a file that each run has for itself.
    expect(chinese.checks.slice(1)).toEqual(english.checks.slice(1))
  })

  it('before the first rotation, only says what it will create', async () => {
    await start()
    const url = await listening((_, response) => response.writeHead(503).end())
    const found = await doctor({ config: configWith(`    probes: ['${url}']\n`) })
    expect(found.of('kms.secret')).toMatchObject([{ subject: SECRET, status: 'warn' }])
    expect(found.of('kms.read')).toMatchObject([{ status: 'ok' }])
    expect(found.of('receiver.accepts')).toMatchObject([{ status: 'skipped' }])
    expect(found.of('function.exists')).toMatchObject([{ status: 'skipped' }])
    expect(found.code).toBe(0)
  })

  it('finds a receiver that verifies nothing', async () => {
    await start()
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    const url = await listening((_, response) => response.writeHead(200).end())
    const found = await doctor({ config: configWith(`    probes: ['${url}']\n`) })
    expect(found.of('receiver.accepts')).toMatchObject([{ status: 'ok' }])
    expect(found.of('receiver.refuses')).toMatchObject([
      { subject: url, status: 'fail', message: expect.stringContaining('verifies nothing') as string },
    ])
    expect(found.of('receiver.instances')).toMatchObject([{ status: 'warn' }])
    expect(found.code).toBe(1)
  })

  it('finds a receiver with another key, and one that does not answer', async () => {
    await start()
    storeKeyset(emulator, [{ key: Key.generate(), state: 'current' }])
    const url = await verifying()
    storeKeyset(emulator, [{ key: current, state: 'current' }], { revision: 2 })
    const config = configWith(`    probes: ['${url}', 'http://127.0.0.1:1/gone']\n`)
    const found = await doctor({ config })
    expect(found.of('receiver.accepts')).toMatchObject([
      { subject: url, status: 'fail' },
      { status: 'fail', message: expect.stringContaining('no connection') as string },
    ])
  })

  it('finds more instances than are configured, and one that is behind', async () => {
    await start()
    storeKeyset(emulator, [{ key: current, state: 'current' }], { revision: 2 })
    let connections = 0
    const url = await listening(({ headers }, response) => {
      const signed = signCallback('127.0.0.1', String(headers['ali-live-timestamp']), current.reveal())
      if (headers['ali-live-signature'] !== signed) return response.writeHead(401).end()
      const instance = connections++ % 2
      return response
        .writeHead(204, {
          'x-live-key-instance': `00000000000${instance}`,
          'x-live-key-lineage': '5b0c2f9e41d7',
          'x-live-key-revision': String(1 + instance),
        })
        .end()
    })
    const probes = `    probes: ['${url}']\n`
    const behind = await doctor({ config: configWith(probes) })
    expect(behind.of('receiver.instances')).toMatchObject([
      { status: 'warn', message: '2 instances seen, 1 of them behind revision 2' },
    ])
    const tooMany = await doctor({ config: configWith(`${probes}    propagation: { instances: 1 }\n`) })
    expect(tooMany.of('receiver.instances')).toMatchObject([
      { status: 'fail', message: '2 instances seen, and 1 are configured' },
    ])
  })

  it.each(
    actionsOf([ramPolicy('function-role')]).filter((action) => /:(List|Get|Query|Describe)/.test(action)),
  )('names the missing permission: %s', async (action) => {
    await start()
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    const policies = without(action, [ramPolicy('function-role', { secret: SECRET })])
    const config = configWith('    discover: { suffix: .example.com }\n')
    const found = await doctor({ config, credentials: roleWith(emulator, policies) })
    const naming = found.checks.filter(({ message }) => message.includes(action))
    expect(naming.length).toBeGreaterThan(0)
    for (const { status } of naming) expect(['fail', 'warn']).toContain(status)
  })

  it("finds no failure with the function's permissions", async () => {
    await start()
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    const credentials = roleWith(emulator, [ramPolicy('function-role', { secret: SECRET })])
    const { checks } = await doctor({ credentials })
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
  })

  it('distinguishes domains without a callback, with the other kind, and with both', async () => {
    await start({ domains: 3 })
    const { world } = emulator
    const [one, two, three] = [...world.domains.values()]
    if (!one || !two || !three) throw new Error('three domains')
    one.callbackUrls.clear()
    two.callbackUrls.clear()
    const notify = { url: 'https://hooks.example.com/live', enabled: true, key: Key.generate() }
    world.setNotify(two, notify)
    world.setNotify(three, notify)
    const config = configWith().replace('live2.example.com]', 'live2.example.com, live3.example.com]')
    const found = await doctor({ config })
    expect(found.of('live.callback')).toMatchObject([
      { subject: 'group default', status: 'ok' },
      { subject: 'live1.example.com', status: 'fail' },
      { subject: 'live2.example.com', status: 'fail', fix: expect.stringContaining('authSource') as string },
    ])
    expect(found.of('live.notifyConfig').map(({ subject }) => subject)).toEqual([
      'group default',
      'live2.example.com',
      'live3.example.com',
    ])
  })

  it('reports a domain that does not exist, a secret in its deletion window and clocks that differ', async () => {
    await start({ clockOffsetMs: 120_000 })
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    emulator.world.secrets.delete('1000000000000001', SECRET, 7)
    const found = await doctor({ config: configWith().replace('live2.', 'gone.') })
    expect(found.of('live.query')).toMatchObject([{ status: 'ok' }, { subject: 'gone.example.com' }])
    expect(found.of('kms.secret')).toMatchObject([
      { status: 'fail', fix: expect.stringContaining('RestoreSecret') as string },
    ])
    expect(found.of('clock')).toMatchObject([
      { status: 'warn', message: expect.stringContaining('2 min ahead of this one') as string },
    ])
  })

  it('reports wrong credentials and a wrong configuration', async () => {
    await start()
    const credentials = { accessKeyId: 'nobody', accessKeySecret: 'none', securityToken: 'none' }
    expect((await doctor({ credentials })).of('credentials')).toMatchObject([{ status: 'fail' }])
    const wrong = await doctor({ config: 'region: 7' })
    expect(wrong.checks).toMatchObject([{ id: 'configuration', status: 'fail' }])
    expect(wrong.code).toBe(1)
  })

  it('finds a function on the local cloud at any address', async () => {
    await start()
    const found = await doctor({ env: { ROTATOR_FC_ENDPOINT: '' } })
    expect(found.of('function.exists')).toMatchObject([{ status: 'skipped' }])
  })

  it('fits into a terminal of 80 columns', async () => {
    await start()
    const { out, err } = await cliOn(emulator, ['doctor'], { config: configWith(), terminal: true })
    const lines = stripVTControlCharacters(`${out}\n${err}`).split(/[\r\n]/)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  it('ends with what to type next', async () => {
    await start()
    const { out } = await cliOn(emulator, ['doctor'], { config: configWith() })
    expect(out).toContain('✓ live.query group default')
    expect(out).toMatch(/\nnext: live-key-rotator plan\n$/)
  })
})

describe('a deployed function', () => {
  const TIMERS = ['rotate', 'reconcile'].map((action) => ({
    triggerName: action,
    triggerType: 'timer',
    triggerConfig: { cronExpression: '0 */10 * * * *', enable: true, payload: JSON.stringify({ action }) },
  }))

  const deploy = (rotationYaml: string, options: object = {}): void => {
    const codeDir = folderWith({ 'rotation.yaml': rotationYaml, 'index.js': '' })
    emulator.functions.deploy({
      name: 'live-key-rotator',
      codeDir,
      timeout: 600,
      triggers: TIMERS,
      asyncInvokeConfig: { maxAsyncEventAgeInSeconds: 3_600 },
      ...options,
    })
  }
  const statuses = ({ checks }: Found) =>
    Object.fromEntries(
      checks.filter(({ id }) => id.startsWith('function.')).map(({ id, status }) => [id, status]),
    )

  it('is reported as in order', async () => {
    await start()
    deploy(configWith())
    expect(statuses(await doctor())).toEqual({
      'function.exists': 'ok',
      'function.settings': 'ok',
      'function.timers': 'ok',
      'function.configuration': 'ok',
    })
  })

  it('is reported with everything that is wrong with it', async () => {
    await start()
    deploy(configWith('    ttl: 5m\n').replace('live2', 'live9'), {
      timeout: 3,
      reservedConcurrency: 5,
      role: null,
      triggers: TIMERS.slice(0, 1),
    })
    const found = await doctor()
    expect(statuses(found)).toEqual({
      'function.exists': 'ok',
      'function.settings': 'fail',
      'function.timers': 'warn',
      'function.configuration': 'fail',
    })
    expect(found.of('function.settings')[0]?.message).toMatch(/timeout of 3 s.*no role.*at a time/)
    expect(found.of('function.timers')[0]?.message).toContain('no timer is on for reconcile')
    expect(found.of('function.configuration')[0]?.message).toContain(
      'group default: domains, group default: ttlMs',
    )
  })

  it('must exist if it is named', async () => {
    await start()
    const found = await doctor({}, '--function', 'rotator')
    expect(found.of('function.exists')).toMatchObject([{ subject: 'rotator', status: 'fail' }])
    expect(found.code).toBe(1)
  })
})
