import { FAULT_KINDS } from '../lib/emulator/wire/faults.ts'
import { LOCAL_ACCOUNT_ID } from '../lib/emulator/index.ts'
import { CANARIES } from './canaries.ts'
import { SECRET, type WatchedCloud } from './watched-cloud.ts'

/** Something that happens to a rotator. Each scene has its own cloud, whose first rotation has imported the canaries. */
export type Scene = (cloud: WatchedCloud) => Promise<void>

const HEADERS = ['--timestamp', '1764057600', '--signature', '0'.repeat(32)]
const CHANGES: readonly (readonly string[])[] = [
  ['rotate', '--force', '--wait'],
  ['rotate', '--emergency', '--force', '--reason', 'a leak'],
  ['rotate', '--emergency', '--force', '--on-running-streams', 'interrupt'],
  ['rotate', '--emergency', '--force', '--on-running-streams', 'reject'],
  ['rollback', '--wait'],
  ['reconcile'],
]
const LOOKS: readonly (readonly string[])[] = [
  ['plan'],
  ['plan', '--emergency'],
  ['status'],
  ['rotate', '--dry-run'],
  ['keyset'],
  ['doctor'],
  ['probe', 'http://127.0.0.1:9/'],
  ['explain', ...HEADERS, '--host', 'hooks.example.com'],
  ['schema'],
  ['completion', 'bash'],
]

export const FIRST: Scene = async (cloud) => {
  await cloud.cli(['rotate', '--wait'])
  cloud.plant()
}

/** The scenes that `npm run check` has time for. */
export const SLICE: Scene = async (cloud) => {
  await cloud.cli(['rotate', '--emergency', '--reason', 'a leak'])
  await cloud.cli(['status', '--json'])
}

export const SCENES: Readonly<Record<string, Scene>> = {
  'every command that changes something': async (cloud) => {
    for (const command of CHANGES) {
      await cloud.cli(command)
      cloud.plant()
      await cloud.cli([...command, '--json'])
      await cloud.cli(['status', '--json'])
      cloud.plant()
    }
    await cloud.cli(['report', '--html', 'state.html'])
  },
  'every command that only reads': async (cloud) => {
    for (const command of LOOKS) {
      await cloud.cli(command)
      await cloud.cli([...command, '--json'])
      await cloud.cli([...command, '--lang', 'zh'])
    }
    await cloud.cli(['kid'], { stdin: `${CANARIES['imported key']}0` })
    await cloud.cli(['keyset', '--json'])
    await cloud.cli(['report', '--html', 'state.html'])
    await cloud.dashboard()
  },
  'what init and doctor --try write': async (cloud) => {
    await cloud.cli([
      'init',
      '--yes',
      '--region',
      'cn-shanghai',
      '--dir',
      'new',
      '--discover',
      '.example.com',
    ])
    await cloud.cli(['init', '--yes', '--json', '--dir', 'newer', '--domain', 'live1.example.com'])
    cloud.emulator.world.addDomain({ name: 'spare.example.com', key: `${CANARIES['imported key']}7` })
    cloud.emulator.world.secrets.create(LOCAL_ACCOUNT_ID, 'spare/secret', { versionId: 'v1', data: '{}' })
    await cloud.cli(['doctor', '--try', 'spare.example.com', '--try-secret', 'spare/secret', '--yes'])
  },
  'every fault': async (cloud) => {
    const { faults } = cloud.emulator
    for (const kind of FAULT_KINDS.filter((one) => !/crash|hang|latency/.test(one))) {
      faults.add({ kind, times: 40 })
      await cloud.cli(['rotate', '--force'])
      faults.clear()
      cloud.plant()
    }
  },
  'a cloud that quotes the key, and webhooks that refuse': async (cloud) => {
    const { faults } = cloud.emulator
    for (const action of ['SetSnapshotCallbackAuth', 'PutSecretValue', 'GetSecretValue']) {
      // A document with the short key in it is sent: a word that was never sent cannot be recognised as a secret.
      const quoted = action === 'PutSecretValue' ? cloud.shortKey : cloud.importedKey
      const message = `The value ${quoted} is not valid`
      faults.add({ kind: 'error', status: 400, code: 'InvalidParameter', message, action, times: 'always' })
      await cloud.cli(['rotate', '--force'])
      await cloud.cli(['status', '--json'])
      faults.clear()
      cloud.plant()
    }
    for (const status of [500, 403, 302]) {
      cloud.answerWebhooks(status)
      await cloud.cli(['rotate', '--emergency', '--force'])
      cloud.plant()
    }
    const unreachable = cloud.webhooks.map(({ url, format }) => ({
      url: url.replace(/:\d+\//, ':9/'),
      format,
    }))
    await cloud.configure({ notify: unreachable })
    await cloud.cli(['rotate', '--emergency', '--force'])
  },
  'a wrong configuration': async (cloud) => {
    const [path, token] = [CANARIES['webhook path'], CANARIES['webhook token']]
    const wrong = [
      { notify: [{ url: `ftp://127.0.0.1/${path}?t=${token}`, format: 'json' }] },
      { notify: [{ url: `http://127.0.0.1:1:x/${path}?t=${token}` }] },
      { notify: [{ url: `https://x.example/${path}?t=${token}`, format: 'yaml' }] },
      { notify: [`https://x.example/${path}?t=${token}`] },
      { notify: `https://x.example/${path}?t=${token}` },
      { [`https://x/${path}`]: token },
      { receipts: `https://x.example/${path}?t=${token}` },
      { endpoints: { live: `https://u:${token}@x.example/${path}` } },
      { groups: [{ name: 'a', secret: 'a', domains: ['a'], probes: [`https://x/${path}?t=${token}`, 3] }] },
    ]
    for (const more of wrong) {
      await cloud.configure(more)
      await cloud.cli(['status'])
      await cloud.cli(['doctor', '--json'])
    }
  },
  'a wrong secret, and an invalid document': async (cloud) => {
    const { secrets } = cloud.emulator.world
    await cloud.cli(['rotate', '--emergency'], {
      env: { ALIBABA_CLOUD_ACCESS_KEY_SECRET: `${CANARIES['access key secret']}x` },
    })
    await cloud.cli(['status'], {
      env: { ALIBABA_CLOUD_SECURITY_TOKEN: `${CANARIES['security token']}x` },
    })
    const key = CANARIES['key in an invalid document']
    for (const [number, data] of [
      [9991, JSON.stringify({ format: 'live-keyset/1', keys: [{ key }] })],
      [9992, `{"format":"live-keyset/1","keys":[{"key":"${key}"`],
      [9993, JSON.stringify({ format: 'live-keyset/1', [key]: key })],
    ] as const) {
      const versionId = `keyset-0000${number}`
      secrets.put(LOCAL_ACCOUNT_ID, SECRET, { versionId, data }, null)
      for (const command of ['status', 'rotate', 'keyset', 'plan', 'doctor']) await cloud.cli([command])
    }
    await cloud.cli(['keyset', '--restore', '--yes'])
    await cloud.cli(['report', '--html', 'state.html'])
  },
  'the function': async (cloud) => {
    cloud.deploy()
    await cloud.cli(['invoke', '--emergency', '--force'])
    cloud.plant()
    const { faults } = cloud.emulator
    const message = `The value ${cloud.importedKey} is not valid`
    const action = 'SetSnapshotCallbackAuth'
    faults.add({ kind: 'error', status: 400, code: 'InvalidParameter', message, action, times: 'always' })
    await cloud.cli(['invoke', '--force'])
    faults.clear()
    cloud.plant()
    await cloud.cli(['invoke', '--force', '--json'])
    await cloud.cli(['invoke', '--async', '--follow', '--force'])
  },
}
