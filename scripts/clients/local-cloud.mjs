// A local cloud for all receivers, driven as anybody can: by the command line and the control endpoints.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const { fetch } = globalThis

/**
 * What the control endpoints answer; each answers a part of it.
 *
 * @typedef {object} ControlAnswer
 * @property {{ name: string }[]} domains
 * @property {{ name: string, versions: { stages: string[], data?: string }[] }[]} secrets
 * @property {Record<string, number>} counts - Calls by action.
 */

const CLI = 'dist/cli/main.js'
const SECRET = 'live/snapshot-callback/default'
const CLOUD_TTL = '2s'

/** The ways in which reads of the keyset fail while KMS is down, in turn. */
const OUTAGES = [
  (/** @type {import('node:http').ServerResponse} */ answer) => answer.writeHead(503).end(),
  (/** @type {import('node:http').ServerResponse} */ answer) => answer.destroy(),
  (/** @type {import('node:http').ServerResponse} */ answer) => answer.end('<html>Bad gateway</html>'),
  () => undefined, // no answer at all
  (/** @type {import('node:http').ServerResponse} */ answer) => answer.end('{}'),
]

/** A port that is free right now. */
export async function freePort() {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

export class LocalCloud {
  /** Whether receivers cannot read the keyset. The rotator can still read and write it. */
  down = false
  /** @type {Map<string, number>} Reads of each receiver. */
  #reads = new Map()

  /**
   * @param {string} folder
   * @param {import('node:child_process').ChildProcess} emulator
   * @param {string} url
   */
  constructor(folder, emulator, url) {
    this.folder = folder
    this.emulator = emulator
    this.url = url
    this.secrets = createServer((request, answer) => this.#readSecret(request.url ?? '', answer))
  }

  /**
   * @param {{ domains: number, streams: number }} size
   */
  static async start({ domains, streams }) {
    const folder = await mkdtemp(join(tmpdir(), 'clients-'))
    const size = ['--domains', String(domains), '--streams', String(streams)]
    const emulator = spawn(process.execPath, [CLI, 'emulator', '--port', '0', ...size, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    for await (const line of createInterface({ input: emulator.stdout })) {
      text += line
      if (line === '}') break
    }
    const { url } = JSON.parse(text)
    const cloud = new LocalCloud(folder, emulator, url)
    cloud.secrets.listen(0, '127.0.0.1')
    await once(cloud.secrets, 'listening')
    return cloud
  }

  /**
   * Sends all callbacks to a URL, and writes the rotator's configuration.
   *
   * @param {string} callbackUrl
   * @param {string[]} probes
   */
  async configure(callbackUrl, probes) {
    await this.control('POST', 'callbacks', { url: callbackUrl, running: false })
    const { domains } = await this.control('GET', 'state')
    const group = { name: 'default', secret: SECRET, domains: domains.map(({ name }) => name), probes }
    await writeFile(
      join(this.folder, 'rotation.yaml'),
      JSON.stringify({
        region: 'cn-shanghai',
        ttl: CLOUD_TTL,
        propagation: { margin: '1s' },
        groups: [group],
      }),
    )
  }

  /**
   * The URL from which a receiver reads its keyset.
   *
   * @param {string} receiver
   */
  readUrl(receiver) {
    const address = this.secrets.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return `http://127.0.0.1:${port}/${encodeURIComponent(receiver)}`
  }

  /**
   * Calls a control endpoint of the local cloud.
   *
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async control(method, path, body) {
    const request = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const answer = await fetch(`${this.url}/_emulator/${path}`, request)
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}`)
    return /** @type {ControlAnswer} */ (await answer.json())
  }

  /**
   * Runs the command line with `--json` and returns what it prints.
   *
   * @param {...string} command
   */
  async run(...command) {
    const child = spawn(
      process.execPath,
      [CLI, ...command, '--json', '--config', join(this.folder, 'rotation.yaml')],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          ROTATOR_LIVE_ENDPOINT: this.url,
          ROTATOR_KMS_ENDPOINT: this.url,
          ALIBABA_CLOUD_ACCESS_KEY_ID: 'local-access-key-id',
          ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'local-access-key-secret',
        },
      },
    )
    let [out, error] = ['', '']
    child.stdout.on('data', (data) => (out += String(data)))
    child.stderr.on('data', (data) => (error += String(data)))
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${error}${out}`)
    return JSON.parse(out)
  }

  /** The newest document, which the receiver gets while KMS is up. */
  async keyset() {
    const { secrets } = await this.control('GET', 'state?reveal=1')
    const versions = secrets.find(({ name }) => name === SECRET)?.versions ?? []
    return versions.find(({ stages }) => stages.includes('ACSCurrent'))?.data
  }

  /** @param {string} receiver @param {import('node:http').ServerResponse} answer */
  async #readSecret(receiver, answer) {
    const reads = (this.#reads.get(receiver) ?? 0) + 1
    this.#reads.set(receiver, reads)
    if (this.down) {
      OUTAGES[reads % OUTAGES.length]?.(answer)
      return
    }
    const document = await this.keyset()
    if (document === undefined) answer.writeHead(404).end()
    else answer.end(document)
  }

  async close() {
    this.emulator.kill()
    this.secrets.closeAllConnections()
    this.secrets.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}
