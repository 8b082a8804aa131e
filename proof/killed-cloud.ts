import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseConfig } from '../lib/config/parse.ts'
import type { RotationConfig } from '../lib/config/types.ts'
import { startEmulator, type Emulator } from '../lib/emulator/index.ts'
import { readKeyset } from '../lib/keyset/document.ts'
import type { Keyset } from '../lib/keyset/keyset.ts'
import { nodeReceiver } from '../lib/receiver/adapters/node.ts'
import { createVerifier, kmsKeyset, type KeysetSource } from '../lib/receiver/index.ts'
import { CREDENTIALS } from './on-emulator.ts'

const SECRET = 'live/snapshot-callback/default'
/** The calls that change something; a receiver makes none of them. */
const EFFECTS: ReadonlySet<string> = new Set([
  'CreateSecret',
  'PutSecretValue',
  'UpdateSecretVersionStage',
  'SetSnapshotCallbackAuth',
  'ForbidLiveStream',
])

/** A process that is killed when its n-th effect is about to happen, or has just happened. */
export interface KillAt {
  readonly effect: number
  readonly moment: 'before' | 'after'
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/**
 * The local cloud in real time, with a receiver, streams whose callbacks never stop, and the built rotator as processes
 * that are killed.
 */
export class KilledCloud {
  readonly emulator: Emulator
  readonly receipts: string
  readonly #folder: string
  readonly #server: Server
  readonly #received: KeysetSource

  private constructor(emulator: Emulator, folder: string, server: Server, received: KeysetSource) {
    this.emulator = emulator
    this.receipts = join(folder, 'receipts')
    this.#folder = folder
    this.#server = server
    this.#received = received
  }

  static async start(): Promise<KilledCloud> {
    const emulator = await startEmulator({
      domains: 2,
      streams: 4,
      callbackIntervalMs: 500,
      sendCallbacks: false,
      functionCompute: { pace: { retryMs: 100 } },
    })
    const { url } = emulator
    const received = kmsKeyset({
      secret: SECRET,
      region: 'cn-shanghai',
      endpoint: url,
      credentials: CREDENTIALS,
    })
    const verify = createVerifier({ keyset: received, host: '127.0.0.1' })
    const server = createServer(
      nodeReceiver(verify, ({ verdict }, incoming, response) => {
        incoming.resume()
        response.writeHead(200, { 'x-live-key-verdict': verdict }).end()
      }),
    )
    // If it closed a connection just as a callback is sent on it, that callback would count as lost.
    server.keepAliveTimeout = 0
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    emulator.world.routeCallbacks(`http://127.0.0.1:${(server.address() as AddressInfo).port}/live/snapshot`)
    const folder = await mkdtemp(join(tmpdir(), 'proof-'))
    const cloud = new KilledCloud(emulator, folder, server, received)
    await cloud.configure()
    emulator.functions.deploy({
      name: 'live-key-rotator',
      codeDir: resolve('dist/functions/rotate'),
      timeout: 600,
      env: () => cloud.#environment(),
    })
    return cloud
  }

  /**
   * Writes the configuration that the next process reads, with all current domains.
   *
   * @param overlapMin - How long a previous key is kept at least.
   */
  async configure(overlapMin = '10m'): Promise<RotationConfig> {
    const config = JSON.stringify({
      region: 'cn-shanghai',
      ttl: '1s',
      rotation: { minAge: '0s' },
      propagation: { margin: '0s' },
      // An encoder that was cut comes back a second later: its next push comes after `clearedAt` plus the skew.
      overlap: { min: overlapMin, clockSkew: '1s' },
      receipts: this.receipts,
      groups: [{ name: 'default', secret: SECRET, domains: [...this.emulator.world.domains.keys()] }],
    })
    await writeFile(join(this.#folder, 'rotation.yaml'), config)
    return parseConfig(config, { env: this.#environment() })
  }

  /** The newest document; null while there is none. */
  get keyset(): Keyset | null {
    const versions = [...(this.emulator.world.secrets.find(SECRET)?.versions ?? [])]
    const newest = versions.sort((a, b) => a.id.localeCompare(b.id)).at(-1)
    return newest === undefined ? null : readKeyset(newest.data.reveal())
  }

  /** Runs the command line as a process, counts its effects, and kills it at one of them if asked to. */
  async cli(args: readonly string[], killAt?: KillAt): Promise<Ended & { readonly effects: number }> {
    const child = spawn(process.execPath, [resolve('dist/cli/main.js'), ...args], {
      env: this.#environment(),
    })
    child.stdin.end()
    const closed = once(child, 'close')
    const watch = this.#watch(killAt, async () => {
      child.kill('SIGKILL')
      await closed
    })
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), closed])
    watch.end()
    return { code: child.exitCode, signal: child.signalCode, out, err, effects: watch.effects() }
  }

  /**
   * Invokes the built function as its timer does; if its process is killed, Function Compute retries.
   *
   * @returns What the last attempt returned; null if none succeeded.
   */
  async timer(
    action: string,
    killAt?: KillAt,
  ): Promise<{ report: unknown; effects: number; starts: number }> {
    const { function: deployed, queue } = this.emulator.functions.find(null, 'live-key-rotator', 'LATEST')
    const startedBefore = deployed.instancesStarted
    const watch = this.#watch(killAt, () => deployed.killInstances())
    const triggerTime = new Date().toISOString()
    const event = { triggerTime, triggerName: 'rotate', payload: JSON.stringify({ action }) }
    const id = `proof-${triggerTime}`
    const task = queue.submit(id, id, 'LATEST', Buffer.from(JSON.stringify(event)))
    await queue.idle()
    watch.end()
    const report: unknown = task.returned === '' ? null : JSON.parse(task.returned)
    return { report, effects: watch.effects(), starts: deployed.instancesStarted - startedBefore }
  }

  /** The receipts in their folder. */
  async storedReceipts(): Promise<string[]> {
    const names = await readdir(this.receipts, { recursive: true }).catch(() => [])
    const documents = names.filter((name) => name.endsWith('.json'))
    return Promise.all(documents.map((name) => readFile(join(this.receipts, name), 'utf8')))
  }

  async close(): Promise<void> {
    this.#received.close()
    await this.emulator.close()
    this.#server.closeAllConnections()
    this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #watch(killAt: KillAt | undefined, kill: () => Promise<void>): { effects: () => number; end: () => void } {
    // Calls overlap, so each keeps its number until it is answered.
    const numbers = new Map<object, number>()
    const offs = [
      this.emulator.on('before', async (call) => {
        if (!EFFECTS.has(call.action)) return
        numbers.set(call, numbers.size + 1)
        if (killAt?.effect !== numbers.size || killAt.moment !== 'before') return
        await kill()
        // The call was under way when its process died, and never took effect.
        throw new Error('the caller was killed')
      }),
      this.emulator.on('after', async (call) => {
        if (killAt?.moment === 'after' && numbers.get(call) === killAt.effect) await kill()
      }),
    ]
    return { effects: () => numbers.size, end: () => offs.forEach((off) => off()) }
  }

  #environment(): Record<string, string> {
    const { url } = this.emulator
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#folder,
      ROTATOR_CONFIG: join(this.#folder, 'rotation.yaml'),
      ROTATOR_LIVE_ENDPOINT: url,
      ROTATOR_KMS_ENDPOINT: url,
      ALIBABA_CLOUD_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: CREDENTIALS.accessKeySecret,
      LOG_LEVEL: 'error',
    }
  }
}
