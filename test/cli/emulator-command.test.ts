import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/local-account.ts'
import { CONFIG, folderWith, ioFor } from './support.ts'

/** Reports that there was nothing to do. */
const FUNCTION = `exports.handler = async () => (
  { version: 1, ok: true, action: 'rotate', startedAt: '', finishedAt: '', groups: [] }
)`

interface Ready {
  readonly url: string
  readonly domains: number
  readonly streams: number
  readonly env: Record<string, string>
  /** What stands on stderr. */
  readonly err: () => string
}

/** Runs the local cloud as its command does, until `use` is through. */
async function withEmulator(
  args: readonly string[],
  use: (ready: Ready) => Promise<void> | void,
): Promise<string> {
  const controller = new AbortController()
  const io = ioFor(systemClock, { interrupted: controller.signal })
  const services = () => Promise.reject(new Error('not needed'))
  const command = runCli(['emulator', '--port', '0', '--json', ...args], { io, version: '0', services })
  try {
    await expect.poll(() => io.stdout.text, { timeout: 10_000 }).toContain('}\n')
    await use({ ...(JSON.parse(io.stdout.text) as Ready), err: () => io.stderr.text })
  } finally {
    controller.abort(new Error('Ctrl-C'))
    expect(await command).toBe(0)
  }
  return io.stdout.text
}

async function stateOf(url: string): Promise<{ domains: { auth: { kid: string } }[]; streams: unknown[] }> {
  return (await (await fetch(`${url}/_emulator/state`)).json()) as never
}

describe('emulator', () => {
  test('says where it is and how to point the tools at it, as one JSON document', async () => {
    const printed = await withEmulator(['--domains', '5', '--streams', '12'], async (ready) => {
      expect(ready).toMatchObject({ domains: 5, streams: 12 })
      expect(ready.env['ROTATOR_LIVE_ENDPOINT']).toBe(ready.url)
      expect(ready.env['ROTATOR_KMS_ENDPOINT']).toBe(ready.url)
      const state = await stateOf(ready.url)
      expect(state.domains).toHaveLength(5)
      expect(state.streams).toHaveLength(12)
    })
    expect(() => JSON.parse(printed) as unknown).not.toThrow()
  })

  test('tells people the same', async () => {
    const controller = new AbortController()
    const io = ioFor(systemClock, { interrupted: controller.signal })
    const services = () => Promise.reject(new Error('not needed'))
    const command = runCli(['emulator', '--port', '0', '--domains', '3'], { io, version: '0', services })
    await expect.poll(() => io.stdout.text, { timeout: 10_000 }).toContain('Ctrl-C')
    controller.abort(new Error('Ctrl-C'))
    expect(await command).toBe(0)
    expect(io.stdout.text).toMatch(/^ready on http:\/\/127\.0\.0\.1:\d+: 3 domains, 120 streams$/m)
    expect(io.stdout.text).toMatch(/^ {2}export ROTATOR_KMS_ENDPOINT=http:/m)
  })

  test('keeps its state in a file', async () => {
    const state = join(folderWith({}), 'state.json')
    const kids: string[] = []
    for (let i = 0; i < 2; i++) {
      await withEmulator(['--domains', '2', '--state', state], async ({ url }) => {
        kids.push((await stateOf(url)).domains[0]?.auth.kid ?? '')
      })
    }
    expect(kids[0]).toMatch(/^[0-9a-f]{12}$/)
    expect(kids[1]).toBe(kids[0])
  })

  test('says that its numbers do not apply to an existing state', async () => {
    const state = join(folderWith({}), 'state.json')
    await withEmulator(['--domains', '2', '--streams', '3', '--state', state], ({ err }) => {
      expect(err()).toBe('')
    })
    await withEmulator(['--state', state], ({ err }) => expect(err()).toBe(''))
    await withEmulator(['--domains', '9', '--state', state], ({ domains, err }) => {
      expect(domains).toBe(2)
      expect(err()).toBe(
        `note: --domains has no effect, as ${state} already holds 2 domains, 3 streams; name another file to start afresh\n`,
      )
    })
    await withEmulator(['--domains', '9', '--streams', '9', '--state', state], ({ err }) => {
      expect(err()).toMatch(/^note: --domains and --streams .*\n$/)
    })
  })

  test.each([
    ['other.json', 'is not a state file of the local cloud'],
    ['.', 'cannot be read (EISDIR)'],
    ['nowhere/state.json', 'cannot be written (ENOENT)'],
  ])('treats an unusable state file as wrong use: %s', async (name, problem) => {
    const file = join(folderWith({ 'other.json': '{"key":"geheim"}' }), name)
    const io = ioFor(systemClock)
    const services = () => Promise.reject(new Error('not needed'))
    const args = ['emulator', '--port', '0', '--state', file]
    expect(await runCli(args, { io, version: '0', services })).toBe(2)
    expect(io.stderr.text).toContain(problem)
    expect(io.stderr.text).toContain('name another file')
    expect(io.stderr.text).not.toContain('geheim')
  })

  test('sends callbacks to the given URL', async () => {
    const heard: unknown[] = []
    const receiver = createServer((request, response) => {
      heard.push(request.headers['ali-live-signature'])
      response.end()
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      receiver.closeAllConnections()
      receiver.close()
    })
    const address = receiver.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const callback = `http://127.0.0.1:${String(port)}/live`
    await withEmulator(['--domains', '1', '--streams', '40', '--callback', callback], async () => {
      await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThan(3)
    })
    expect(heard[0]).toMatch(/^[0-9a-f]{32}$/)
  })

  test.each([
    [[], null],
    [['--service', 'live'], 'live'],
  ])('runs a function and says where it is and what it reads: %j', async (args, service) => {
    const folder = folderWith({ 'index.js': FUNCTION })
    const printed = await withEmulator(['--function', folder, ...args], async ({ url }) => {
      const io = ioFor(systemClock)
      const env = { ROTATOR_FC_ENDPOINT: url, ROTATOR_CONFIG: join(folderWith({ c: CONFIG }), 'c') }
      const services = () => Promise.reject(new Error('not needed'))
      const account = ['--account-id', LOCAL_ACCOUNT_ID]
      const code = await runCli(['invoke', ...account, ...args], {
        io: { ...io, env },
        version: '0',
        services,
      })
      expect([code, io.stderr.text]).toEqual([0, expect.stringContaining('FC Invoke Start')])
    })
    expect(JSON.parse(printed)).toMatchObject({
      function: {
        name: 'live-key-rotator',
        service,
        folder,
        configuration: join(folder, 'rotation.yaml'),
        invoke: ['live-key-rotator invoke', ...args].join(' '),
      },
    })
  })

  test('tells people which configuration the function reads and how to call it', async () => {
    const folder = folderWith({ 'index.js': '' })
    const controller = new AbortController()
    const io = ioFor(systemClock, { interrupted: controller.signal })
    const services = () => Promise.reject(new Error('not needed'))
    const config = ['--config', '/etc/rotation.yaml']
    const args = ['emulator', '--port', '0', '--function', folder, '--service', 'live', ...config]
    const command = runCli(args, { io, version: '0', services })
    await expect.poll(() => io.stdout.text, { timeout: 10_000 }).toContain('Ctrl-C')
    controller.abort(new Error('Ctrl-C'))
    expect(await command).toBe(0)
    expect(io.stdout.text).toContain(
      `\nfunction live-key-rotator in service live: ${folder}, configuration /etc/rotation.yaml\n` +
        '  call it with: live-key-rotator invoke --service live\n',
    )
  })

  test('treats a service without a function, or without a valid name, as wrong use', async () => {
    const folder = folderWith({ 'index.js': '' })
    const services = () => Promise.reject(new Error('not needed'))
    for (const [args, problem] of [
      [['--service', 'live'], '--service needs --function'],
      [['--function', folder, '--service', 'a b'], '--service must be a letter or _'],
    ] as const) {
      const io = ioFor(systemClock)
      expect(await runCli(['emulator', '--port', '0', ...args], { io, version: '0', services })).toBe(2)
      expect(io.stderr.text).toContain(problem)
    }
  })

  test('treats a port in use, and a callback that is not a URL, as wrong use', async () => {
    await withEmulator([], async ({ url }) => {
      const io = ioFor(systemClock)
      const services = () => Promise.reject(new Error('not needed'))
      const port = new URL(url).port
      expect(await runCli(['emulator', '--port', port], { io, version: '0', services })).toBe(2)
      expect(io.stderr.text).toContain(`port ${port} is taken: choose another with --port`)
    })
    for (const callback of ['here', 'ftp://127.0.0.1/']) {
      const io = ioFor(systemClock)
      const services = () => Promise.reject(new Error('not needed'))
      expect(await runCli(['emulator', '--callback', callback], { io, version: '0', services })).toBe(2)
      expect(io.stderr.text).toContain(`--callback must be an http or https URL, not "${callback}"`)
    }
  })
})
