import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import type { Check } from '../../lib/cli/commands/doctor/check.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/index.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { folderWith, ioFor, type Outcome } from '../cli/support.ts'
import { LocalCloud, roleWith } from '../support/local-cloud.ts'
import type { PolicyDocument } from '../../lib/emulator/index.ts'

let cloud: LocalCloud
afterEach(() => cloud.close())

const SECRET = 'live/snapshot-callback/default'

/** What a new user types, on the cloud's own clock, in a folder of theirs. */
function typed(folder: string) {
  return async (...args: string[]): Promise<Outcome> => {
    const { url } = cloud.emulator
    const io = ioFor(cloud.clock)
    const env = { ROTATOR_LIVE_ENDPOINT: url, ROTATOR_KMS_ENDPOINT: url, ROTATOR_FC_ENDPOINT: url }
    const code = await cloud.clock.run(
      runCli(args, {
        io: { ...io, env: { ...env, ROTATOR_CONFIG: join(folder, 'rotation.yaml') } },
        version: '1.2.3',
        services: () => Promise.resolve(cloudServices),
      }),
    )
    return { code, out: io.stdout.text, err: io.stderr.text }
  }
}

/** What was not in order, but the receiver's clock: its server lives in real time, and the cloud does not. */
function troublesIn(checks: readonly Check[]): string[] {
  return checks
    .filter(({ id, status }) => id !== 'clock' && (status === 'fail' || status === 'warn'))
    .map(({ id }) => id)
}

describe('the first day', () => {
  it('takes four commands, without editing a file', { tags: 'slow' }, async () => {
    cloud = await LocalCloud.start({ domains: 3, streams: 6 }, { secret: SECRET })
    const folder = folderWith({})
    const type = typed(folder)

    const init = [
      'init',
      '--yes',
      '--dir',
      folder,
      '--discover',
      '.example.com',
      '--probe',
      cloud.receiverUrl,
    ]
    const written = await type(...init)
    expect(written.err).not.toContain('error')
    expect(written.out).toMatch(/\nnext: live-key-rotator doctor --config \S+rotation.yaml\n$/)

    const looked = await type('doctor', '--json')
    const { checks } = JSON.parse(looked.out) as { checks: Check[] }
    expect(troublesIn(checks)).toEqual(['kms.secret', 'receiver.refuses'])

    const planned = await type('plan', '--json')
    expect((JSON.parse(planned.out) as Report).groups).toMatchObject([{ outcome: 'planned' }])

    const rotated = await type('rotate', '--wait', '--json')
    expect((JSON.parse(rotated.out) as Report).groups).toMatchObject([
      { outcome: 'rotated', domains: { total: 3, confirmed: 3, failed: [] } },
    ])
    expect(rotated.code).toBe(0)
    expect(await cloud.callbacks()).toMatchObject({ accepted: 6, rejected: 0 })

    const after = JSON.parse((await type('doctor', '--json')).out) as { checks: Check[] }
    expect(troublesIn(after.checks)).toEqual([])
  })

  it('writes policies that suffice for the function and for receivers', async () => {
    cloud = await LocalCloud.start({ domains: 2, streams: 2 }, { secret: SECRET })
    const folder = folderWith({})
    await typed(folder)('init', '--yes', '--dir', folder, '--discover', '.example.com')
    const policy = (name: string) =>
      JSON.parse(readFileSync(join(folder, 'ram', `${name}.json`), 'utf8')) as PolicyDocument
    const text = JSON.stringify(['function-role', 'receiver', 'operator', 'trust'].map(policy))
    expect(text).not.toMatch(/<[a-z-]+>/)
    expect(text).toContain(LOCAL_ACCOUNT_ID)
    const credentials = roleWith(cloud.emulator, [policy('function-role')])
    const { outcome, warnings } = await cloud.go(
      { emergency: true, onRunningStreams: 'interrupt' },
      { credentials },
    )
    expect({ outcome, warnings }).toEqual({ outcome: 'rotated', warnings: [] })
    expect(await cloud.callbacks()).toMatchObject({ accepted: 2 })
  })
})

describe('init', () => {
  it('makes a group for each kind of callback, and leaves out domains without any', async () => {
    cloud = await LocalCloud.start({ domains: 4, kmsInstances: ['kst-1'] })
    const { world } = cloud.emulator
    const [, two, three] = [...world.domains.values()]
    if (!two || !three) throw new Error('four domains')
    two.callbackUrls.clear()
    world.setNotify(two, { url: 'https://hooks.example.com/live?token=secret', enabled: false, key: null })
    three.callbackUrls.clear()
    const folder = folderWith({})
    const { code, out } = await typed(folder)('init', '--yes', '--dir', folder, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
      written: [
        'rotation.yaml',
        'rotation.schema.json',
        'ram/function-role.json',
        'ram/trust.json',
        'ram/receiver.json',
        'ram/operator.json',
      ].map((name) => join(folder, name)),
      region: 'cn-shanghai',
      groups: [
        {
          name: 'default',
          secret: SECRET,
          domains: ['live1.example.com', 'live4.example.com'],
          discover: null,
          probes: [],
        },
        {
          name: 'notify',
          secret: 'live/snapshot-callback/notify',
          domains: ['live2.example.com'],
          discover: null,
          probes: [],
        },
      ],
      notes: [
        expect.stringContaining('live3.example.com') as string,
        expect.stringContaining('two groups') as string,
        expect.stringContaining('kst-1') as string,
      ],
    })
    const yaml = readFileSync(join(folder, 'rotation.yaml'), 'utf8')
    expect(yaml.split('\n')[0]).toBe('# yaml-language-server: $schema=./rotation.schema.json')
    expect(yaml).toContain('# probes: [https://hooks.example.com/live]')
    expect(yaml).not.toContain('token')
    expect((await typed(folder)('status', '--json')).code).toBe(0)
  })

  it('keeps a domain that the account does not have, and says that it may be misspelt', async () => {
    cloud = await LocalCloud.start({ domains: 1 })
    const folder = folderWith({})
    const names = ['--domain', 'live1.example.com', '--domain', 'liev2.example.com']
    const { code, out } = await typed(folder)('init', '--yes', '--dir', folder, ...names)
    expect(code).toBe(0)
    expect(out).toContain('! not in this account: check the spelling of liev2.example.com\n')
    expect(out).not.toContain('could not be read')
    expect(readFileSync(join(folder, 'rotation.yaml'), 'utf8')).toContain('- liev2.example.com')
  })

  it('replaces nothing unless told to', async () => {
    cloud = await LocalCloud.start({ domains: 1 })
    const folder = folderWith({ 'rotation.yaml': 'mine' })
    const init = ['init', '--yes', '--dir', folder]
    const { code, err } = await typed(folder)(...init)
    expect(code).toBe(2)
    expect(err).toContain('--force')
    expect(readFileSync(join(folder, 'rotation.yaml'), 'utf8')).toBe('mine')
    expect(existsSync(join(folder, 'ram'))).toBe(false)
    expect((await typed(folder)(...init, '--force')).code).toBe(0)
    expect(readFileSync(join(folder, 'rotation.yaml'), 'utf8')).toContain('live1.example.com')
    writeFileSync(join(folder, 'ram/operator.json'), 'mine')
    expect((await typed(folder)(...init)).code).toBe(2)
  })

  it.each([
    ['no domain where nobody can be asked', ['--region', 'cn-shanghai'], '--discover'],
    ['a region that is none', ['--yes', '--region', 'Shanghai'], 'a region of KMS such as cn-shanghai'],
    ['a secret that KMS would not take', ['--yes', '--secret', 'acs/mine'], 'as KMS names secrets'],
    ['a probe that is no URL', ['--yes', '--probe', 'hooks.example.com'], 'http or https URL'],
    ['a domain that is none', ['--yes', '--domain', 'https://x'], 'a domain name such as'],
  ])('refuses %s', async (_, args, message) => {
    cloud = await LocalCloud.start({ domains: 1 })
    const folder = folderWith({})
    const { code, err } = await typed(folder)('init', '--dir', folder, ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(existsSync(join(folder, 'rotation.yaml'))).toBe(false)
  })
})
