import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../lib/core/local-server.ts'
import { runCli } from '../../lib/cli/cli.ts'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import { runDemo } from '../../lib/cli/commands/demo/run.ts'
import { styleOf } from '../../lib/cli/style.ts'
import { wrapText } from '../../lib/cli/text/wrap.ts'
import {
  LOCAL_ACCOUNT_ID,
  startEmulator,
  type Emulator,
  type EmulatorOptions,
} from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import { signCallback } from '../../lib/keyset/signature.ts'
import { createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { nodeReceiver } from '../../lib/receiver/adapters/node.ts'
import { functionFolder } from '../emulator/fc/fixture.ts'
import { TestClock } from '../support/clock.ts'
import { roleWith } from '../support/local-cloud.ts'
import { ramPolicy, without } from '../support/ram.ts'
import { cliOn, storedDocument, storeKeyset, type EmulatorCliOptions } from './on-emulator.ts'
import { CONFIG, contextOf, folderWith, freePort, ioFor } from './support.ts'
import {
  expectToBeNarrow,
  expectToFit as expectToFitAlways,
  withoutFigures,
  type Running,
} from './terminal.ts'

const expectToFit = (run: Running): Promise<void> => expectToFitAlways(run, withoutFigures)

/** Whole commands against the local cloud, as eighty-columns.test.ts has them against a model of it. */

const current = Key.generate()
const previous = Key.generate()

let emulator: Emulator
afterEach(() => emulator.close())

async function start(options: EmulatorOptions = {}): Promise<void> {
  emulator = await startEmulator({ domains: 3, streams: 3, sendCallbacks: false, ...options })
}

async function listening(handler: RequestListener): Promise<string> {
  const server = createServer(handler)
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${await listen(server)}/live/snapshot`
}

/** A receiver that verifies by the keyset that is stored. */
function verifying(): Promise<string> {
  const verify = createVerifier({ keyset: staticKeyset(storedDocument(emulator)), host: '127.0.0.1' })
  return listening(
    nodeReceiver(verify, (_, request, response) => void request.resume().on('end', () => response.end())),
  )
}

const acceptingAll: RequestListener = (request, response) =>
  void request.resume().on('end', () => response.end())

const fits = (args: readonly string[], options: EmulatorCliOptions = {}): Promise<void> =>
  expectToFit(({ env, ...terminal }) =>
    cliOn(emulator, args, { ...options, ...terminal, env: { ...options.env, ...env } }),
  )

const rotated = (): void =>
  storeKeyset(emulator, [
    { key: current, state: 'current' },
    { key: previous, state: 'previous' },
  ])

describe('on an 80-column terminal, no line is wider and no word is broken', () => {
  test('init', async () => {
    await start({ domains: 6, kmsInstances: ['kst-0123456789abcdef', 'kst-fedcba9876543210'] })
    const { world } = emulator
    const [one, two, three] = [...world.domains.values()]
    if (!one || !two || !three) throw new Error('six domains')
    for (const bare of [one, two]) bare.callbackUrls.clear()
    for (const domain of [two, three])
      world.setNotify(domain, { url: 'https://hooks.example.com/live', enabled: true, key: current })
    // Every run finds the same files.
    const folder = folderWith({ 'rotation.schema.json': '{}' })
    await fits(['init', '--yes', '--force', '--dir', folder], { config: null })
    await fits(['init', '--yes', '--force', '--dir', folder, '--domain', 'live1.example.com'], {
      config: null,
    })
    const credentials = roleWith(emulator, [])
    await fits(['init', '--yes', '--force', '--dir', folder, '--domain', 'a.example.com'], {
      config: null,
      credentials,
    })
    await fits(['init', '--yes', '--dir', folder], { config: null })
  })

  test('doctor, if everything is in order', async () => {
    await start()
    rotated()
    await fits(['doctor'], { config: `${CONFIG}    probes: ['${await verifying()}']\n` })
  })

  test('doctor, if nothing is', async () => {
    await start()
    emulator.world.domain('live2.example.com').callbackUrls.clear()
    const probes = [await listening(acceptingAll), 'http://127.0.0.1:1/live']
    await fits(['doctor', '--function', 'none'], {
      config: `${CONFIG}    probes: ${JSON.stringify(probes)}\n`,
    })
    const credentials = roleWith(emulator, without('kms:GetSecretValue', [ramPolicy('function-role')]))
    await fits(['doctor'], { credentials })
    await fits(['doctor'], { config: 'region: cn-shanghai\nttl: soon\n' })
  })

  test.each(['', 'with all its flags'])('doctor --try %s', async (extent) => {
    const port = String(await freePort())
    const all = [
      ...['--try-burst', '--try-role', 'acs:ram::1000000000000001:role/live-key-rotator'],
      ...['--try-listen', port, '--try-url', `http://127.0.0.1:${port}/live`],
    ]
    const flags = extent === '' ? [] : all
    const clock = new TestClock()
    await start({ clock })
    clock.watch(() => emulator.inFlight > 0)
    emulator.world.addDomain({ name: 'spare.example.org', callbackUrl: null })
    const folder = folderWith({ 'rotation.yaml': CONFIG })
    const [config, assumptions] = [join(folder, 'rotation.yaml'), join(folder, 'assumptions.json')]
    const files = ['--config', config, '--assumptions', assumptions]
    const asked = ['--try', 'spare.example.org', '--try-secret', 'spare', '--yes', ...flags]
    await expectToBeNarrow(async ({ env, ...terminal }) => {
      const { url, world } = emulator
      if (world.secrets.find('spare') !== undefined) world.secrets.delete(LOCAL_ACCOUNT_ID, 'spare', null)
      const io = ioFor(clock, {
        ...terminal,
        env: { ...env, ROTATOR_LIVE_ENDPOINT: url, ROTATOR_KMS_ENDPOINT: url, ROTATOR_FC_ENDPOINT: url },
      })
      const services = () => Promise.resolve(cloudServices)
      await clock.run(runCli(['doctor', ...files, ...asked], { io, version: '0', services }))
      return { out: io.stdout.text, err: io.stderr.text }
    })
  })

  test('probe', async () => {
    await start()
    rotated()
    const urls = [await verifying(), await listening(acceptingAll), 'http://127.0.0.1:1/live']
    await fits(['probe', ...urls])
    await fits(['probe', ...urls, '--key', previous.kid])
    await fits(['probe', ...urls, '--key', '000000000000'])
    await fits(['probe'])
  })

  test('explain', async () => {
    await start()
    rotated()
    const at = String(Math.floor(Date.now() / 1_000))
    const explained = (signature: string, timestamp = at) =>
      fits(['explain', '--timestamp', timestamp, '--signature', signature, '--host', 'hooks.example.com'])
    await explained(signCallback('hooks.example.com', at, current.reveal()))
    await explained(signCallback('hooks.example.com:8443', at, previous.reveal()))
    await explained(signCallback('live1.example.com', at, current.reveal()))
    await explained(signCallback('hooks.example.com', '1519375990', current.reveal()), '1519375990')
    await explained('0'.repeat(32))
    await fits(['explain', '--timestamp', at, '--signature', '0'.repeat(32)])
  })

  test('kid', async () => {
    await start()
    await fits(['kid'], { stdin: current.reveal() })
    await fits(['kid'], { stdin: '' })
    await fits(['kid'], { stdin: `${current.reveal()}\nand more` })
  })

  test('keyset, and what it restores', async () => {
    await start()
    rotated()
    await fits(['keyset'])
    await fits(['keyset', '--reveal'])
    await fits(['keyset', '--restore', '--yes'])
    await fits(['keyset', '--group', 'none'])
    emulator.world.secrets.put(
      LOCAL_ACCOUNT_ID,
      'live/snapshot-callback/default',
      { versionId: 'keyset-00000002', data: '{}' },
      null,
    )
    await fits(['keyset'])
    await fits(['keyset', '--restore'])
    await fits(['status'])
  })

  test('plan and status, with and without permissions', async () => {
    await start()
    for (const credentials of [undefined, roleWith(emulator, [])]) {
      const given = credentials === undefined ? {} : { credentials }
      await fits(['plan'], given)
      await fits(['plan', '--emergency'], given)
      await fits(['status'], given)
    }
  })

  test('report and receipts', async () => {
    await start()
    rotated()
    const folder = folderWith({ 'receipt.json': '{}' })
    await fits(['report', '--html', join(folder, 'state.html')])
    await fits(['report', '--html', join(folder, 'state.html'), '--receipt', join(folder, 'receipt.json')])
    await fits(['report', '--html', join(folder, 'no', 'state.html')])
  })

  test('invoke', async () => {
    const code =
      'exports.handler = async () => { throw new Error("the function has no permission to read what it is for: look at its role") }'
    const functions = [{ name: 'live-key-rotator', codeDir: functionFolder({ 'index.js': code }) }]
    await start({ functionCompute: { pace: { backoffMs: 5, retryMs: 5 } }, functions })
    await fits(['invoke'])
    await fits(['invoke', '--async'])
    await fits(['invoke', '--async', '--follow'])
    await fits(['invoke', '--follow', 'cli-000000000000'])
    await fits(['invoke', '--follow'])
    await fits(['invoke', '--function', 'another-function-of-this-account'])
  })

  test.each([{ emergency: false }, { emergency: true }])('demo %o', async ({ emergency }) => {
    await start()
    await expectToBeNarrow(async (options) => {
      const clock = new TestClock()
      const io = ioFor(clock, options)
      const { text } = await clock.run(
        runDemo({ domains: 2, ...(emergency && { emergency }) }, contextOf(io)),
      )
      const out = wrapText(text, styleOf(io.stdout, io.env).width)
      return { out, err: io.stderr.text }
    })
  })

  test('dashboard', async () => {
    await start()
    await expectToFit(async ({ env, ...terminal }) => {
      const controller = new AbortController()
      const io = ioFor(new TestClock(), { ...terminal, env, interrupted: controller.signal })
      const folder = folderWith({ 'rotation.yaml': CONFIG })
      const args = ['dashboard', '--config', join(folder, 'rotation.yaml')]
      const services = () => Promise.resolve(cloudServices)
      const running = runCli(args, { io, version: '0', services })
      const shown = () => io.stdout.text + io.stderr.text
      await expect.poll(shown, { timeout: 10_000 }).toContain('Ctrl-C')
      controller.abort(new Error('Ctrl-C'))
      await running
      return { out: io.stdout.text, err: io.stderr.text }
    })
  })
})
