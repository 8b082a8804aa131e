import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { nextAfterError } from '../../lib/cli/next/after-error.ts'
import type { ErrorCode } from '../../lib/core/errors.ts'
import { TestClock } from '../support/clock.ts'
import { CONFIG, folderWith, ioFor, tryCli } from './support.ts'

describe('wrong use: exit code 2, and one JSON document under --json', () => {
  test.each([
    [['rotat'], "unknown command 'rotat'"],
    [['rotate', '--emergancy'], "unknown option '--emergancy'"],
    [['rotate', '--leaked', '0f3a00000000'], '--leaked needs --emergency'],
    [['rotate', '--on-running-streams', 'reject'], '--on-running-streams needs --emergency'],
    [
      ['rotate', '--emergency', '--on-running-streams', 'kill'],
      'Allowed choices are quarantine, reject, interrupt',
    ],
    [['rotate', '--emergency', '--leaked', 'x'], 'It must be a kid of 12 hex digits, as status shows it.'],
    [['rotate', '--group', 'nope'], 'there is no group "nope"; the configuration has default'],
    [['rotate', '--id', ''], 'id must be up to 200 characters in one line'],
    [['emulator', '--port', '70000'], 'It must be a whole number from 0 to 65535.'],
    [['demo', '--domains', '0'], 'It must be a whole number from 1 to 2000.'],
    [['status', 'extra'], 'too many arguments'],
    [['help', 'rotat'], "unknown command 'rotat'"],
    [['status', '--group'], "option '--group <name>' argument missing"],
    [['--config', 'rotate'], 'name a command: see live-key-rotator --help'],
    [[], 'name a command: see live-key-rotator --help'],
  ])('%j', async (args, problem) => {
    const plain = await tryCli(args)
    expect(plain.code).toBe(2)
    expect(plain.out).toBe('')
    expect(plain.err).toContain(problem)
    expect(plain.err.match(/^error: /gm)).toHaveLength(1)
    expect(plain.err).not.toMatch(/^ +at /m)
    expect(plain.err).toMatch(/^next: live-key-rotator .*--help\n$/m)

    const json = await tryCli([...args, '--json'])
    expect(json.code).toBe(2)
    expect(JSON.parse(json.out)).toEqual({
      ok: false,
      error: { code: 'usage', message: expect.stringContaining(problem) as string },
    })
  })

  test('a wrong configuration: every problem, with its line', async () => {
    const { code, out, err } = await tryCli(['status'], { config: 'region: cn-shanghai\nttl: soon\n' })
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(/rotation\.yaml:2: ttl must be a duration such as 90s, 5m, 12h or 30d, not "soon"/)
    expect(err).toMatch(/rotation\.yaml:1: groups is required/)
  })

  test.each(['rotate', 'plan', 'reconcile', 'rollback', 'status', 'invoke', 'keyset'])(
    'an empty configuration, for %s: what it needs, before anything else',
    async (command) => {
      const plain = await tryCli([command], { config: '# nothing yet\n' })
      expect([plain.code, plain.out]).toEqual([2, ''])
      expect(plain.err).toMatch(
        /^error: \S+: the file is empty; it needs region and groups, for example .*\nnext: live-key-rotator doctor\n$/,
      )
      const json = await tryCli([command, '--json'], { config: '' })
      expect(json.code).toBe(2)
      expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: 'config' } })
    },
  )

  test('a missing configuration', async () => {
    const { code, err } = await tryCli(['status', '--config', '/nowhere/rotation.yaml'])
    expect(code).toBe(2)
    expect(err).toBe(
      'error: the configuration /nowhere/rotation.yaml cannot be read (there is no such file): name the file with --config or ROTATOR_CONFIG\nnext: live-key-rotator init\n',
    )
  })
})

describe('what to type after an error holds for the same configuration and group', () => {
  const TWO = `${CONFIG}  - { name: other, secret: live/other, domains: [other.example.com] }\n`
  const after = (error: unknown, code: ErrorCode, ...args: string[]) =>
    nextAfterError(error, code, {
      args,
      command: args[0],
      options: { config: 'live.yaml', group: 'other', function: 'mine' },
    }).map((next) => next.join(' '))

  test('a configuration that is wrong', async () => {
    const path = join(folderWith({ 'live.yaml': 'region: cn-shanghai\nttl: soon\n' }), 'live.yaml')
    const { err } = await tryCli(['status', '--config', path])
    expect(err).toMatch(new RegExp(`^next: live-key-rotator doctor --config ${path}\n$`, 'm'))
    const { out } = await tryCli(['doctor', '--config', path])
    expect(out).toMatch(new RegExp(`^next: live-key-rotator doctor --config ${path}\n$`, 'm'))
    expect(out).not.toContain('init')
  })

  test('a configuration that is not there, looked at by doctor', async () => {
    const { out } = await tryCli(['doctor', '--config', '/nowhere/rotation.yaml'])
    expect(out).toMatch(/^next: live-key-rotator init\n$/m)
  })

  test('a group without a keyset', async () => {
    const { err } = await tryCli(['keyset', '--group', 'other'], { config: TWO })
    expect(err).toMatch(/\nnext: live-key-rotator rotate --group other\n$/)
  })

  test('by the code of the error', () => {
    const error = new Error('x')
    expect(after(error, 'keyset', 'status')).toEqual(['keyset --restore --group other --config live.yaml'])
    expect(after(error, 'config', 'status')).toEqual(['doctor --config live.yaml'])
    expect(after(error, 'denied', 'invoke')).toEqual([
      'doctor --group other --function mine --config live.yaml',
    ])
    expect(after(error, 'unexpected', 'invoke')).toEqual([])
  })

  test('the same line again, without a URL that may hold a secret, and without its option', () => {
    const again = (...args: string[]) => after(new Error('x'), 'timeout', ...args)
    expect(again('explain', '--host', 'https://a.example/live', '--group', 'g')).toEqual([
      'explain --host https://a.example/live --group g',
    ])
    expect(again('probe', 'https://a.example', 'https://a.example/live?token=1')).toEqual([
      'probe https://a.example',
    ])
    expect(again('init', '--probe', 'https://me:secret@a.example/live', '--yes')).toEqual(['init --yes'])
    expect(again('init', '--probe=https://a.example/#secret', '--yes')).toEqual(['init --yes'])
  })
})

describe('help', () => {
  test.each([['--help'], ['rotate', '--help'], ['help', 'rotate'], ['--version']])(
    '%s exits 0',
    async (...args) => {
      const { code, out, err } = await tryCli(args)
      expect(code).toBe(0)
      expect(out).not.toBe('')
      expect(err).toBe('')
    },
  )

  test('needs nothing that the commands need', async () => {
    const io = ioFor(new TestClock())
    const services = () => Promise.reject(new Error('the SDKs were loaded'))
    expect(await runCli(['--help'], { io, version: '0', services })).toBe(0)
    expect(await runCli(['schema'], { io, version: '0', services })).toBe(0)
  })

  test('keyset says if it needs a group', async () => {
    const { out } = await tryCli(['keyset', '--help'])
    expect(out).toMatch(/--group <name> +of this group \(required if there are several\)$/m)
  })

  test('plan does not start an emergency', async () => {
    expect((await tryCli(['plan', '--help'])).out).toMatch(/--emergency +plan an emergency$/m)
  })

  test('lists every command', async () => {
    const { out } = await tryCli(['--help'])
    for (const command of [
      'rotate',
      'plan',
      'reconcile',
      'rollback',
      'status',
      'keyset',
      'schema',
      'emulator',
      'demo',
    ]) {
      expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    }
  })
})

test('schema prints the published JSON Schema', async () => {
  const published = readFileSync('rotation.schema.json', 'utf8')
  expect((await tryCli(['schema'])).out).toBe(published)
  expect(JSON.parse((await tryCli(['schema', '--json'])).out)).toEqual(JSON.parse(published))
})

test('reports an unexpected error by its place, not by its text', async () => {
  const io = ioFor(new TestClock())
  const services = () => Promise.reject(new TypeError('the text may hold anything: geheim'))
  const env = { ROTATOR_CONFIG: 'test/cli/rotation.yaml' }
  const code = await runCli(['status', '--json'], { io: { ...io, env }, version: '0', services })
  expect(code).toBe(1)
  expect(JSON.parse(io.stdout.text)).toMatchObject({ ok: false, error: { code: 'unexpected' } })
  expect(io.stdout.text + io.stderr.text).toContain('an unexpected TypeError (at ')
  expect(io.stdout.text + io.stderr.text).not.toContain('geheim')
})
