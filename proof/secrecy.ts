import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { LOCAL_ACCOUNT_ID, startEmulator, type Emulator } from '../lib/emulator/index.ts'
import { FAULT_KINDS } from '../lib/emulator/wire/faults.ts'
import { count, none, type Part } from './part.ts'

const SECRET = 'live/snapshot-callback/default'
const MAIN = resolve('dist/cli/main.js')

/** What must never be seen, beside the keys that are generated on the way. */
const CANARIES = {
  'imported key': 'CanaryImportedByHandInTheConsole2024',
  'short key': 'cAnAry9k',
  'key in an invalid document': 'CanaryInADocumentThatIsInvalid01',
  'access key secret': 'canary-access-key-secret-5f2c',
  'security token': 'canary-security-token-81d0',
  'webhook path': 'canary-robot-path-77aa',
  'webhook token': 'canary-webhook-token-e1e1',
} as const

interface Printed {
  readonly from: string
  readonly text: string
}

export const secrecy: Part = {
  name: 'secrecy',
  title: 'No secret is printed, stored or sent',
  about:
    'The built command line as processes against the local cloud, with canaries for every kind of secret: generated, ' +
    'imported and short keys, the key in a document that breaks the rules, credentials, webhook URLs. Every command ' +
    'runs in words and as JSON, with the debug output of Node and of the SDKs switched on; rotations, emergencies and ' +
    'rollbacks run to their end and fail in every way; the cloud quotes a key in its error; the webhook refuses; the ' +
    'configuration is wrong. Looked through are stdout and stderr, receipts and pages. A ' +
    'canary is found by any ten characters of its beginning.',
  run: async ({ slice }) => {
    const watch = await Watch.start()
    try {
      const { printed, keys } = await watch.everything(slice)
      const secrets = new Map<string, string>(
        [...keys].map((key): [string, string] => [key, 'generated key']),
      )
      for (const [kind, value] of Object.entries(CANARIES)) secrets.set(value, kind)
      const bytes = printed.reduce((sum, one) => sum + one.text.length, 0)
      const found = printed.flatMap(({ from, text: output }) =>
        [...secrets]
          .filter(([secret]) => output.includes(secret.slice(0, 10)))
          .map(([, kind]) => `${kind} in ${from}`),
      )
      const kinds = ['stdout', 'stderr', 'receipt', 'page'].map(
        (kind) => `${printed.filter(({ from }) => from.startsWith(kind)).length} of ${kind}`,
      )
      const missing = kinds.filter((kind) => !slice && kind.startsWith('0 '))
      return [
        none(`${secrets.size} secrets in ${count(bytes)} characters (${kinds.join(', ')})`, printed.length, [
          ...found,
          ...missing,
        ]),
      ]
    } finally {
      await watch.close()
    }
  },
}

class Watch {
  readonly printed: Printed[] = []
  readonly keys = new Set<string>()
  readonly #emulator: Emulator
  readonly #folder: string
  readonly #webhook: ReturnType<typeof createServer>
  #webhookStatus = 200

  private constructor(emulator: Emulator, folder: string) {
    this.#emulator = emulator
    this.#folder = folder
    this.#webhook = createServer((request, response) => {
      void text(request).then((body) => {
        this.printed.push({ from: 'webhook body', text: body })
        response.writeHead(this.#webhookStatus).end()
      })
    })
  }

  static async start(): Promise<Watch> {
    const emulator = await startEmulator({
      domains: 3,
      streams: 3,
      sendCallbacks: false,
      credentials: [
        {
          accessKeyId: 'canary-id',
          accessKeySecret: CANARIES['access key secret'],
          securityToken: CANARIES['security token'],
          accountId: LOCAL_ACCOUNT_ID,
        },
      ],
    })
    emulator.world.setKey('live1.example.com', CANARIES['imported key'])
    emulator.world.setKey('live2.example.com', CANARIES['short key'])
    const watch = new Watch(emulator, await mkdtemp(join(tmpdir(), 'proof-')))
    await new Promise<void>((listening) => watch.#webhook.listen(0, '127.0.0.1', listening))
    await watch.#configure()
    return watch
  }

  async everything(slice: boolean): Promise<{ printed: readonly Printed[]; keys: ReadonlySet<string> }> {
    await this.#cli(['rotate', '--wait'])
    await this.#cli(['status', '--json'])
    await this.#cli(['rotate', '--emergency', '--reason', 'a leak'])
    await this.#cli(['report', '--html', join(this.#folder, 'state.html')])
    if (!slice) {
      await this.#commands()
      await this.#faults()
      await this.#wrong()
    }
    for (const name of await readdir(this.#folder, { recursive: true })) {
      const kind = name.endsWith('.html') ? 'page' : name.startsWith('receipts/') ? 'receipt' : null
      if (kind === null || !/\.(html|json)$/.test(name)) continue
      this.printed.push({ from: `${kind} ${name}`, text: await readFile(join(this.#folder, name), 'utf8') })
    }
    return this
  }

  async #commands(): Promise<void> {
    const [headers, url] = [
      ['--timestamp', '1764057600', '--signature', '0'.repeat(32)],
      'http://127.0.0.1:9/',
    ]
    const commands = [
      ['plan'],
      ['plan', '--emergency'],
      ['rotate', '--force', '--wait'],
      ['rollback', '--wait'],
      ['reconcile'],
      ['rotate', '--emergency', '--force', '--on-running-streams', 'interrupt'],
      ['rotate', '--emergency', '--force', '--on-running-streams', 'reject'],
      ['keyset'],
      ['doctor'],
      ['probe', url],
      ['explain', ...headers, '--host', 'hooks.example.com'],
      ['invoke'],
      ['schema'],
    ]
    for (const command of commands) {
      await this.#cli(command)
      await this.#cli([...command, '--json'])
    }
    await this.#cli(['kid'], { stdin: CANARIES['imported key'] })
  }

  async #faults(): Promise<void> {
    const { faults } = this.#emulator
    for (const kind of FAULT_KINDS.filter((one) => !/crash|hang|latency/.test(one))) {
      faults.add({ kind, times: 40 })
      await this.#cli(['rotate', '--force'])
      faults.clear()
    }
    for (const action of ['SetSnapshotCallbackAuth', 'PutSecretValue', 'GetSecretValue']) {
      const message = `The value ${CANARIES['imported key']} is not valid`
      faults.add({ kind: 'error', status: 400, code: 'InvalidParameter', message, action, times: 'always' })
      await this.#cli(['rotate', '--force'])
      await this.#cli(['status', '--json'])
      faults.clear()
    }
    this.#webhookStatus = 500
    await this.#cli(['rotate', '--emergency', '--force'])
    this.#webhookStatus = 200
  }

  async #wrong(): Promise<void> {
    const { port } = this.#webhook.address() as AddressInfo
    const [path, token] = [CANARIES['webhook path'], CANARIES['webhook token']]
    for (const url of [`ftp://127.0.0.1/${path}?t=${token}`, `http://127.0.0.1:${port + 1}:x/${path}`]) {
      await this.#configure({ notify: [{ url, format: 'json' }] })
      await this.#cli(['status'])
    }
    await this.#configure({ [`https://x/${path}`]: token })
    await this.#cli(['status', '--json'])
    await this.#configure()
    await this.#function()
    const data = JSON.stringify({
      format: 'live-keyset/1',
      keys: [{ key: CANARIES['key in an invalid document'] }],
    })
    this.#emulator.world.secrets.put(LOCAL_ACCOUNT_ID, SECRET, { versionId: 'keyset-00009999', data }, null)
    for (const command of ['status', 'rotate', 'keyset', 'plan', 'doctor']) await this.#cli([command])
    await this.#cli(['keyset', '--restore', '--yes'])
    await this.#cli(['rotate', '--emergency'], { secret: 'not-the-secret' })
  }

  /** The built function, whose webhook is told of domains that fail. */
  async #function(): Promise<void> {
    const { functions, faults } = this.#emulator
    functions.deploy({
      name: 'live-key-rotator',
      codeDir: resolve('dist/functions/rotate'),
      timeout: 600,
      env: (url) => ({
        ROTATOR_CONFIG: join(this.#folder, 'rotation.yaml'),
        ROTATOR_LIVE_ENDPOINT: url,
        ROTATOR_KMS_ENDPOINT: url,
        LOG_LEVEL: 'debug',
        DEBUG: '*',
        NODE_DEBUG: 'http,https,net,tls,fetch',
      }),
      onLog: (log) => this.printed.push({ from: 'stdout of the function', text: log }),
    })
    await this.#cli(['invoke', '--emergency', '--force'])
    const message = `The value ${CANARIES['imported key']} is not valid`
    const action = 'SetSnapshotCallbackAuth'
    faults.add({ kind: 'error', status: 400, code: 'InvalidParameter', message, action, times: 'always' })
    await this.#cli(['invoke', '--force'])
    faults.clear()
    await this.#cli(['invoke', '--force', '--json'])
  }

  async #configure(more: object = {}): Promise<void> {
    const { port } = this.#webhook.address() as AddressInfo
    const [path, token] = [CANARIES['webhook path'], CANARIES['webhook token']]
    const config = {
      region: 'cn-shanghai',
      ttl: '1s',
      propagation: { margin: '0s' },
      rotation: { minAge: '1s' },
      receipts: join(this.#folder, 'receipts'),
      notify: [{ url: `http://127.0.0.1:${port}/${path}?access_token=${token}`, format: 'json' }],
      groups: [
        {
          name: 'default',
          secret: SECRET,
          domains: [...this.#emulator.world.domains.keys()],
        },
      ],
      ...more,
    }
    await writeFile(join(this.#folder, 'rotation.yaml'), JSON.stringify(config))
  }

  async #cli(
    args: readonly string[],
    { stdin = '', secret = CANARIES['access key secret'] }: { stdin?: string; secret?: string } = {},
  ): Promise<void> {
    const { url, world } = this.#emulator
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: this.#folder,
        ROTATOR_CONFIG: join(this.#folder, 'rotation.yaml'),
        ROTATOR_LIVE_ENDPOINT: url,
        ROTATOR_KMS_ENDPOINT: url,
        ROTATOR_FC_ENDPOINT: url,
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'canary-id',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: secret,
        ALIBABA_CLOUD_SECURITY_TOKEN: CANARIES['security token'],
        LOG_LEVEL: 'debug',
        DEBUG: '*',
        NODE_DEBUG: 'http,https,net,tls,fetch',
      },
    })
    child.stdin.end(stdin)
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    this.printed.push({ from: `stdout of ${args.join(' ')}`, text: out })
    this.printed.push({ from: `stderr of ${args.join(' ')}`, text: err })
    for (const { auth } of world.domains.values()) if (auth) this.keys.add(auth.key.reveal())
    for (const { data } of world.secrets.find(SECRET)?.versions ?? []) {
      for (const [, key] of data.reveal().matchAll(/"key":"([^"]{8,})"/g)) this.keys.add(key ?? '')
    }
  }

  async close(): Promise<void> {
    this.#webhook.closeAllConnections()
    this.#webhook.close()
    await this.#emulator.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
