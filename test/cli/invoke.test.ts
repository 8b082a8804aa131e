import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { displayWidth } from '../../lib/cli/text/display-width.ts'
import { configDigest } from '../../lib/config/digest.ts'
import { parseConfig } from '../../lib/config/parse.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/local-account.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import type { FunctionOptions } from '../../lib/emulator/fc/function-options.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { functionFolder } from '../emulator/fc/fixture.ts'
import { startGate } from '../emulator/fc/gate.ts'
import { CONFIG, folderWith, ioFor, type Outcome } from './support.ts'

/** A function that answers like the rotator, in few lines: its group is called as the outcome that is asked for. */
const ROTATOR = `
exports.handler = async (event, context) => {
  const request = JSON.parse(event.toString('utf8'))
  context.logger.info('group ' + request.group + ' \\u001b[31mred')
  const [outcome, url] = (request.group || 'rotated').split('@')
  if (url) await fetch('http://' + url)
  if (outcome === 'broken') throw new Error('no configuration')
  if (outcome === 'other') return 'hello'
  const ok = outcome !== 'incomplete' && outcome !== 'failed'
  const failed = ok ? [] : [{ domain: 'live2.example.com', code: 'denied', message: 'no permission' }]
  const report = {
    version: 1, ok, action: request.action,
    startedAt: '2026-11-24T08:00:00.000Z', finishedAt: '2026-11-24T08:00:09.000Z',
    groups: [{
      group: 'default', outcome, phase: 'idle', revision: 7, kid: '0f3a00000000', waitingUntil: null,
      domains: { total: 60, set: 60, unchanged: 0, confirmed: 60, failed },
      keys: [{ kid: '0f3a00000000', state: 'current', age: 9, runningStreams: 0, domains: 60 }],
      calls: { SetSnapshotCallbackAuth: 60 }, throttled: 0, warnings: [JSON.stringify(request)],
    }],
  }
  if (!ok) throw new Error('default: ' + outcome + '\\n' + JSON.stringify(report))
  return report
}
`

let emulator: Emulator
let showsReturnPayload: boolean
beforeEach(() => {
  showsReturnPayload = true
})
afterEach(() => emulator.close())

async function deploy(options: Partial<FunctionOptions> = {}): Promise<void> {
  const pace = { backoffMs: 5, retryMs: 5 }
  emulator = await startEmulator({
    functionCompute: { pace, showsReturnPayload },
    functions: [{ name: 'live-key-rotator', codeDir: functionFolder({ 'index.js': ROTATOR }), ...options }],
  })
}

/** Puts other code into the place of the function. */
async function deployAgain(code: string): Promise<void> {
  await emulator.close()
  const pace = { backoffMs: 5, retryMs: 5 }
  emulator = await startEmulator({
    functionCompute: { pace, showsReturnPayload },
    functions: [{ name: 'live-key-rotator', codeDir: functionFolder({ 'index.js': code }) }],
  })
}

async function cli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  interrupted = new AbortController().signal,
): Promise<Outcome> {
  const io = ioFor(systemClock, { interrupted })
  const ROTATOR_CONFIG = join(folderWith({ 'rotation.yaml': CONFIG }), 'rotation.yaml')
  const code = await runCli(args, {
    io: { ...io, env: { ROTATOR_CONFIG, ROTATOR_FC_ENDPOINT: emulator.url, ...env } },
    version: '1.2.3',
    services: () => Promise.reject(new Error('nothing is called from here')),
  })
  return { code, out: io.stdout.text, err: io.stderr.text }
}

/** The request that the function was sent: it reports it as a warning. */
function requestIn({ out }: Outcome): unknown {
  const { groups } = JSON.parse(out) as { groups: { warnings: string[] }[] }
  return JSON.parse(groups[0]!.warnings[0]!)
}

describe('waiting for the report', () => {
  it('prints the report, and the end of the log on stderr', async () => {
    await deploy()
    const { code, out, err } = await cli(['invoke'])
    expect(code).toBe(0)
    expect(out).toContain('default: rotated')
    expect(out).toContain('SetSnapshotCallbackAuth 60')
    expect(err).toMatch(/invoking live-key-rotator in cn-shanghai, run cli-[0-9a-f]{12}/)
    expect(err).toMatch(
      /the end of the function’s log:\nFC Invoke Start RequestId: [\s\S]*\[info\] group undefined/,
    )
    expect(err).not.toContain('\u001b[31m')
  })

  it('sends what the options say and leaves the rest to the function', async () => {
    await deploy()
    const plain = requestIn(await cli(['invoke', '--json']))
    expect(plain).toMatchObject({
      action: 'rotate',
      emergency: false,
      force: false,
      dryRun: false,
      leaked: [],
    })
    expect(plain).not.toHaveProperty('group')
    expect(plain).toHaveProperty('id', expect.stringMatching(/^cli-[0-9a-f]{12}$/))
    const emergency = ['--emergency', '--leaked', '0f3a00000000', '--on-running-streams', 'interrupt']
    const more = ['--group', 'rotated', '--force', '--dry-run', '--id', 'mine', '--reason', 'it leaked']
    expect(requestIn(await cli(['invoke', '--json', ...emergency, ...more]))).toEqual({
      action: 'rotate',
      group: 'rotated',
      emergency: true,
      leaked: ['0f3a00000000'],
      onRunningStreams: 'interrupt',
      force: true,
      dryRun: true,
      id: 'mine',
      reason: 'it leaked',
    })
    expect(requestIn(await cli(['invoke', '--json', '--action', 'status']))).toMatchObject({
      action: 'status',
    })
  })

  it.each([
    ['rotated', 0],
    ['notDue', 0],
    ['planned', 0],
    ['waiting', 3],
    ['incomplete', 1],
    ['failed', 1],
  ])('prints the report of %s and exits %i, whether it was returned or thrown', async (outcome, code) => {
    await deploy()
    const result = await cli(['invoke', '--json', '--group', outcome])
    expect(result.code).toBe(code)
    expect(JSON.parse(result.out)).toMatchObject({ version: 1, groups: [{ outcome }] })
    expect(result.err).toContain(`[info] group ${outcome}`)
  })

  it('names the domain that failed', async () => {
    await deploy()
    const { code, out } = await cli(['invoke', '--group', 'incomplete'])
    expect(code).toBe(1)
    expect(out).toContain('live2.example.com (denied): no permission')
  })

  it('says in the function’s words why it did not run, and shows its log', async () => {
    await deploy()
    const { code, out, err } = await cli(['invoke', '--group', 'broken'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(
      /the end of the function’s log:[\s\S]*error: function live-key-rotator .*failed: no configuration/,
    )
    const json = await cli(['invoke', '--json', '--group', 'broken'])
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: 'functionError' } })
  })

  it('treats nothing else as a report', async () => {
    await deploy()
    const { code, err } = await cli(['invoke', '--group', 'other'])
    expect(code).toBe(1)
    expect(err).toContain('did not return a report')
  })

  it('cannot be started: an emergency is run from here', async () => {
    await deploy()
    const flags = ['--emergency', '--leaked', '0f3a00000000', '--reason', 'it leaked']
    const { code, err } = await cli(['invoke', '--function', 'nowhere', ...flags])
    expect(code).toBe(1)
    expect(err).toMatch(/\(FunctionNotFound, /)
    expect(err).toMatch(
      /\nnext: live-key-rotator rotate --emergency --leaked 0f3a00000000 --reason 'it leaked'\n$/,
    )
    const { err: calm } = await cli(['invoke', '--function', 'nowhere'])
    expect(calm).toMatch(/\nnext: live-key-rotator doctor --function nowhere\n$/)
  })

  it('is refused during another run, and shows the command to type instead', async () => {
    await deploy()
    const { url, next } = await startGate()
    const [held, first] = [next(), cli(['invoke', '--group', `rotated@${url.slice('http://'.length)}`])]
    const response = await held
    const { code, err } = await cli(['invoke'])
    expect(code).toBe(1)
    expect(err).toMatch(/another run is under way.*--async/)
    expect(err).toMatch(/\nnext: live-key-rotator invoke --async --follow\n$/)
    // An emergency need not wait for its turn: it is run from here.
    const options = ['--leaked', '0f3a00000000', '--on-running-streams', 'reject', '--group', 'default']
    const emergency = await cli(['invoke', '--emergency', ...options, '--reason', 'it leaked'])
    expect(emergency.code).toBe(1)
    expect(emergency.err).not.toContain('--async')
    expect(emergency.err).toContain('An emergency need not wait for it')
    expect(emergency.err).toMatch(
      /\nnext: live-key-rotator rotate --emergency --leaked 0f3a00000000 --on-running-streams reject --group default --reason 'it leaked'\n$/,
    )
    response.end()
    expect((await first).code).toBe(0)
  })

  it('says if the function uses another configuration than the local one', async () => {
    await deploy()
    const own = configDigest(parseConfig(CONFIG))
    const differing = { ...own, throttle: '0f3a0f3a0f3a', 'groups.other': '0f3a0f3a0f3a' }
    await deployAgain(
      ROTATOR.replace('groups: [{', `configuration: ${JSON.stringify(differing)}, groups: [{`),
    )
    const { code, err } = await cli(['invoke'])
    expect(code).toBe(0)
    expect(err).toContain('the function uses another configuration than yours: groups.other, throttle differ')
    await deployAgain(ROTATOR.replace('groups: [{', `configuration: ${JSON.stringify(own)}, groups: [{`))
    expect((await cli(['invoke'])).err).not.toContain('another configuration')
  })

  it('shows nothing that could control the terminal, not even in field names', async () => {
    await deploy()
    const evil = '"Set\\u001b[2J\\u202eAuth\\u2028next: rm": 1'
    await deployAgain(ROTATOR.replace('calls: { SetSnapshotCallbackAuth: 60 }', `calls: { ${evil} }`))
    const { out } = await cli(['invoke'])
    expect(out).toContain('Set[2JAuth next: rm 1')
    expect(stripVTControlCharacters(out)).toBe(out)
    expect(out).not.toMatch(/[\u202e\u2028]/)
    expect((await cli(['invoke', '--json'])).out).not.toMatch(/[\u202e\u2028]|\\u001b/)
  })

  it('fits 80 columns', async () => {
    await deploy()
    const io = { ...ioFor(systemClock, { terminal: true, columns: 80 }) }
    const ROTATOR_CONFIG = join(folderWith({ 'rotation.yaml': CONFIG }), 'rotation.yaml')
    await runCli(['invoke', '--group', 'incomplete'], {
      io: { ...io, env: { ...io.env, ROTATOR_CONFIG, ROTATOR_FC_ENDPOINT: emulator.url } },
      version: '1.2.3',
      services: () => Promise.reject(new Error('nothing is called from here')),
    })
    const log = /the end of the function’s log:[\s\S]*?FC Invoke End[^\n]*\n/
    // eslint-disable-next-line no-control-regex -- where a bar begins anew
    const lines = `${io.stdout.text}${io.stderr.text.replace(log, '')}`.split(/\n|\r|\u001b\[\d*G/)
    // The fixture reports its request as one long word.
    for (const line of lines.filter((one) => !one.includes('{"action"')))
      expect(displayWidth(line), line).toBeLessThanOrEqual(80)
  })

  it('ends at Ctrl-C', async () => {
    await deploy()
    const controller = new AbortController()
    const { url, next } = await startGate()
    const held = next()
    const args = ['invoke', '--group', `rotated@${url.slice('http://'.length)}`]
    const invoking = cli(args, {}, controller.signal)
    await held
    controller.abort(new RotatorError('deadline', 'stopped by Ctrl-C'))
    expect(await invoking).toMatchObject({
      code: 3,
      err: expect.stringMatching(
        /stopped waiting; the function, or its next run, continues\nnext: live-key-rotator status\n$/,
      ) as unknown,
    })
  })

  it('reaches a function of FC 2.0 in its service', async () => {
    await deploy({ service: 'svc', name: 'rotate' })
    expect(await cli(['invoke', '--service', 'svc', '--function', 'rotate'])).toMatchObject({ code: 0 })
    const failed = await cli(['invoke', '--service', 'svc', '--function', 'rotate', '--group', 'failed'])
    expect(failed).toMatchObject({ code: 1, out: expect.stringContaining('default: failed') as unknown })
  })

  it('asks for a version or an alias', async () => {
    await deploy({ qualifiers: ['prod'] })
    expect(await cli(['invoke', '--qualifier', 'prod'])).toMatchObject({ code: 0 })
    expect((await cli(['invoke', '--qualifier', 'test'])).err).toContain('VersionNotFound')
  })
})

describe('in the queue', () => {
  it('prints the id of the task and returns', async () => {
    await deploy()
    const { code, out } = await cli(['invoke', '--async'])
    expect(code).toBe(0)
    expect(out).toMatch(/^queued as task (cli-[0-9a-f]{12})\nnext: live-key-rotator invoke --follow \1\n$/)
    const { code: again, out: json } = await cli(['invoke', '--async', '--json'])
    expect(again).toBe(0)
    expect(JSON.parse(json)).toMatchObject({ taskId: expect.any(String) as unknown, status: 'Enqueued' })
  })

  it('stays until the task is over, and prints its report if the account may see it', async () => {
    await deploy()
    const { code, out, err } = await cli(['invoke', '--async', '--follow'])
    expect(code).toBe(0)
    expect(out).toContain('default: rotated')
    expect(err).toMatch(/^· queued as task (cli-[0-9a-f]{12})\n[\s\S]*task \1: Succeeded/m)
  })

  it('says only that the task succeeded if the account may not see more', async () => {
    showsReturnPayload = false
    await deploy()
    const { code, out } = await cli(['invoke', '--async', '--follow', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ status: 'Succeeded' })
    expect((await cli(['invoke', '--async', '--follow'])).out).toMatch(
      /succeeded; .*\nnext: live-key-rotator status\n$/,
    )
  })

  it('follows a task that was queued before, for FC 2.0 too', async () => {
    await deploy({ service: 'svc', asyncInvokeConfig: { maxAsyncRetryAttempts: 1 } })
    const service = ['--service', 'svc']
    const hint = (await cli(['invoke', '--async', ...service])).out
    expect(hint).toMatch(/live-key-rotator invoke --service svc --follow cli-[0-9a-f]{12}\n$/)
    const queued = await cli(['invoke', '--async', '--json', '--group', 'incomplete', ...service])
    const { taskId } = JSON.parse(queued.out) as { taskId: string }
    await emulator.functions.idle()
    const { code, out, err } = await cli(['invoke', '--follow', taskId, ...service])
    expect(code).toBe(1)
    expect(out).toContain('default: incomplete')
    expect(err).toContain(`task ${taskId}: Failed, retry 1`)
    expect(emulator.calls.counts['InvokeFunction']).toBe(2)
  })

  it('queues the same run twice as two tasks: the function recognises its id', async () => {
    await deploy()
    await cli(['invoke', '--async', '--id', 'mine'])
    expect((await cli(['invoke', '--async', '--id', 'mine'])).code).toBe(0)
  })
})

describe('the local cloud of the command line', () => {
  it('runs a built function for invoke', async () => {
    await deploy()
    const controller = new AbortController()
    const io = ioFor(systemClock, { interrupted: controller.signal })
    const services = () => Promise.reject(new Error('nothing is called from here'))
    const folder = functionFolder({ 'index.js': ROTATOR })
    const args = ['emulator', '--json', '--port', '0', '--domains', '1', '--function', folder]
    const command = runCli(args, { io, version: '0', services })
    await expect.poll(() => io.stdout.text).toContain('}\n')
    const { url } = JSON.parse(io.stdout.text) as { url: string }
    expect(await cli(['invoke'], { ROTATOR_FC_ENDPOINT: url })).toMatchObject({
      code: 0,
      out: expect.stringContaining('rotated') as unknown,
    })
    controller.abort(new Error('Ctrl-C'))
    expect(await command).toBe(0)
    expect(io.stderr.text).toContain('FC Invoke Start')
  })

  it('says what is missing', async () => {
    await deploy()
    const { code, err } = await cli(['emulator', '--port', '0', '--function', '/no/such/folder'])
    expect(code).toBe(2)
    expect(err).toContain('npm run build')
  })
})

describe('wrong use', () => {
  it.each([
    [['--follow'], '--follow needs --async'],
    [['--async', '--follow', 'task'], 'leave --async out'],
    [['--leaked', '0f3a00000000'], '--leaked needs --emergency'],
    [['--function', '../other'], 'is not a valid name of a function: use letters, digits'],
    [['--account-id', 'me'], 'is not a valid account id: use a number'],
    [['--async', '--account-id', 'me'], 'is not a valid account id'],
    [['--follow', '1st'], 'a task id is a letter or _'],
    [['--action', 'dance'], 'Allowed choices are rotate'],
  ])('%s exits 2', async (args, text) => {
    await deploy()
    const { code, err } = await cli(['invoke', ...args])
    expect(err).toContain(text)
    expect(err).not.toMatch(/^· (invoking|following)/m)
    expect(code).toBe(2)
    expect(emulator.calls.of()).toEqual([])
  })

  it('needs the account if no endpoint is set', async () => {
    await deploy()
    const { code, err } = await cli(['invoke'], { ROTATOR_FC_ENDPOINT: '' })
    expect(code).toBe(2)
    expect(err).toMatch(
      /^error: the account id is needed to find the function: pass --account-id.*\nnext: live-key-rotator invoke --help\n$/,
    )
    expect((await cli(['invoke'], { ROTATOR_FC_ENDPOINT: '', FC_ACCOUNT_ID: '' })).err).toBe(err)
  })

  it('reads the account from the environment', async () => {
    await deploy()
    for (const name of ['FC_ACCOUNT_ID', 'ALIBABA_CLOUD_ACCOUNT_ID']) {
      expect((await cli(['invoke'], { [name]: LOCAL_ACCOUNT_ID })).code).toBe(0)
      expect((await cli(['invoke'], { [name]: 'me' })).code).toBe(2)
    }
  })

  it('explains itself', async () => {
    await deploy()
    const { code, out } = await cli(['invoke', '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/--follow \[task-id\][\s\S]*Waits 15 minutes at most/)
  })
})
