import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { LOCAL_ACCOUNT_ID, startEmulator, type Emulator } from '../lib/emulator/index.ts'
import { CANARIES, type Secrets, type Shown } from './canaries.ts'

export const SECRET = 'live/snapshot-callback/default'
const SPARE_SECRET = 'spare/secret'
const MAIN = resolve('dist/cli/main.js')
const FORMATS = ['json', 'dingtalk', 'feishu', 'slack'] as const

export interface CliOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The local cloud with canaries in it, and the built rotator as processes; keeps everything that they show. */
export class WatchedCloud {
  readonly shown: Shown[] = []
  readonly emulator: Emulator
  readonly folder: string
  readonly #secrets: Secrets
  readonly #webhook: ReturnType<typeof createServer>
  #webhookStatus = 200
  #planted = 0
  readonly #seen = new Set<string>()

  private constructor(emulator: Emulator, folder: string, secrets: Secrets) {
    this.emulator = emulator
    this.folder = folder
    this.#secrets = secrets
    this.#webhook = createServer((request, response) => {
      const { url = '' } = request
      if (url.includes(CANARIES['webhook path'])) secrets.gave('webhook path')
      if (url.includes(CANARIES['webhook token'])) secrets.gave('webhook token')
      void text(request).then((body) => {
        this.shown.push({ where: `webhook body (${url.split('/')[1]})`, text: body })
        response.writeHead(this.#webhookStatus).end('{"errcode":0,"code":0}')
      })
    })
  }

  static async start(secrets: Secrets): Promise<WatchedCloud> {
    const emulator = await startEmulator({
      domains: 3,
      streams: 3,
      sendCallbacks: false,
      repushDelay: { min: 500, max: 1_000 },
      credentials: [
        {
          accessKeyId: 'canary-id',
          accessKeySecret: CANARIES['access key secret'],
          securityToken: CANARIES['security token'],
          accountId: LOCAL_ACCOUNT_ID,
        },
      ],
    })
    const cloud = new WatchedCloud(emulator, await mkdtemp(join(tmpdir(), 'proof-')), secrets)
    cloud.#webhook.listen(0, '127.0.0.1')
    await once(cloud.#webhook, 'listening')
    emulator.on('after', () => cloud.#seeKeys())
    await cloud.configure()
    cloud.plant()
    return cloud
  }

  get importedKey(): string {
    return `${CANARIES['imported key']}${this.#planted}`
  }

  get shortKey(): string {
    return `${CANARIES['short key']}${this.#planted}`
  }

  /** Sets keys by hand: an imported one, and one that is too short. */
  plant(): void {
    this.#planted++
    this.emulator.world.setKey('live1.example.com', this.importedKey)
    this.emulator.world.setKey('live2.example.com', this.shortKey)
    for (const stream of this.emulator.world.streams.all()) {
      this.emulator.world.streams.push(stream, Date.now())
    }
    this.#seeKeys()
  }

  /** Sets what the webhook answers from now on. */
  answerWebhooks(status: number): void {
    this.#webhookStatus = status
  }

  /** A webhook of each format, each with a secret in its path and its query. */
  get webhooks(): readonly { readonly url: string; readonly format: string }[] {
    const { port } = this.#webhook.address() as AddressInfo
    const [path, token] = [CANARIES['webhook path'], CANARIES['webhook token']]
    return FORMATS.map((format) => ({
      url: `http://127.0.0.1:${port}/${format}/${path}?access_token=${token}`,
      format,
    }))
  }

  async configure(more: object = {}): Promise<void> {
    const domains = [...this.emulator.world.domains.keys()].filter((name) => !name.startsWith('spare'))
    const config = {
      region: 'cn-shanghai',
      ttl: '1s',
      propagation: { margin: '0s' },
      rotation: { minAge: '0s' },
      receipts: join(this.folder, 'receipts'),
      notify: this.webhooks,
      groups: [{ name: 'default', secret: SECRET, domains }],
      ...more,
    }
    await writeFile(join(this.folder, 'rotation.yaml'), JSON.stringify(config))
  }

  /** Runs the command line with all debug output of Node and the SDKs. */
  async cli(args: readonly string[], options: CliOptions = {}): Promise<string> {
    const child = this.#spawn(args, options)
    const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)])
    this.show(`stdout of ${args.join(' ')}`, out)
    this.show(`stderr of ${args.join(' ')}`, err)
    this.#seeKeys()
    return out
  }

  /** Reads the live page as a browser does, until it has shown the state. */
  async dashboard(): Promise<void> {
    const child = this.#spawn(['dashboard'], { env: { DEBUG: '', NODE_DEBUG: '' } })
    let said = ''
    child.stderr!.setEncoding('utf8').on('data', (piece: string) => (said += piece))
    const ended = once(child, 'close')
    const url = async (): Promise<string> => {
      for (;;) {
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0]
        if (found !== undefined) return found
        await Promise.race([once(child.stderr!, 'data'), ended.then(() => Promise.reject(new Error(said)))])
      }
    }
    const at = await url()
    for (;;) {
      const main = await (await fetch(`${at}main`)).text()
      if (!main.includes('live1.example.com') && !/\b[0-9a-f]{12}\b/.test(main)) continue
      this.show('dashboard, what changes', main)
      break
    }
    this.show('dashboard', await (await fetch(at)).text())
    child.kill('SIGINT')
    await ended
    this.show('stderr of dashboard', said)
  }

  /** The built function as Function Compute runs it. */
  deploy(): void {
    this.emulator.functions.deploy({
      name: 'live-key-rotator',
      codeDir: resolve('dist/functions/rotate'),
      timeout: 600,
      env: (url) => ({
        ROTATOR_CONFIG: join(this.folder, 'rotation.yaml'),
        ROTATOR_LIVE_ENDPOINT: url,
        ROTATOR_KMS_ENDPOINT: url,
        LOG_LEVEL: 'debug',
        DEBUG: '*',
        NODE_DEBUG: 'http,https,net,tls,fetch',
      }),
      onLog: (log) => this.show('function log', log),
    })
  }

  show(where: string, shown: string): void {
    this.shown.push({ where, text: shown })
  }

  /** Adds the written files: receipts, pages, and what `init` and `doctor --try` leave. */
  async showFiles(): Promise<void> {
    for (const entry of await readdir(this.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      // The webhooks come from the configuration, so it contains them.
      if (path === join(this.folder, 'rotation.yaml')) continue
      const kind = path.includes('/receipts/') ? 'receipt' : 'file'
      this.show(`${path.endsWith('.html') ? 'page' : kind} ${entry.name}`, await readFile(path, 'utf8'))
    }
  }

  async close(): Promise<void> {
    // Whoever was let in signed with these: besides the function's, there are no other credentials.
    for (const { accountId, status } of this.emulator.calls.of()) {
      if (accountId === null || status !== 200) continue
      this.#secrets.gave('access key secret')
      this.#secrets.gave('security token')
    }
    this.#webhook.closeAllConnections()
    this.#webhook.close()
    await this.emulator.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  #spawn(args: readonly string[], { stdin = '', env = {} }: CliOptions): ChildProcess {
    const { url } = this.emulator
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: {
        PATH: process.env['PATH'],
        HOME: this.folder,
        ROTATOR_CONFIG: join(this.folder, 'rotation.yaml'),
        ROTATOR_LIVE_ENDPOINT: url,
        ROTATOR_KMS_ENDPOINT: url,
        ROTATOR_FC_ENDPOINT: url,
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'canary-id',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: CANARIES['access key secret'],
        ALIBABA_CLOUD_SECURITY_TOKEN: CANARIES['security token'],
        LOG_LEVEL: 'debug',
        DEBUG: '*',
        NODE_DEBUG: 'http,https,net,tls,fetch',
        ...env,
      },
    })
    child.stdin.end(stdin)
    return child
  }

  /** Records the keys that are set or stored now. */
  #seeKeys(): void {
    const { world } = this.emulator
    const keys = [...world.domains.values()].map(({ auth }) => auth?.key.reveal() ?? '')
    for (const name of [SECRET, SPARE_SECRET]) {
      for (const { data } of world.secrets.find(name)?.versions ?? []) {
        keys.push(...[...data.reveal().matchAll(/"key":"([^"]+)"/g)].map(([, key]) => key ?? ''))
      }
    }
    for (const key of keys) {
      if (key === '' || this.#seen.has(key)) continue
      this.#seen.add(key)
      this.#secrets.sawKey(key)
    }
  }
}
