// One receiver of the story: its server, what was sent to it, and what it answered.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { folderOf } from './languages.mjs'

export const HOST = '127.0.0.1'
/** How long Live waits. */
const TIMEOUT_MS = 5_000

export class Receiver {
  sent = 0
  quarantined = 0
  refused = 0
  forged = 0
  letIn = 0
  /** @type {Set<string>} */
  wrong = new Set()
  /** @type {Map<string, string>} Verdicts of the latest round, by timestamp and signature. */
  latest = new Map()
  #log = ''
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #server

  /**
   * @param {string} language
   * @param {import('./languages.mjs').Server} server
   * @param {number} port
   */
  constructor(language, server, port) {
    this.language = language
    this.server = server
    this.port = port
  }

  get name() {
    return `${this.language}, ${this.server.name}`
  }

  get url() {
    return `http://${HOST}:${this.port}/live/snapshot`
  }

  /** @param {string} readUrl @param {string} folder */
  async start(readUrl, folder) {
    const own = join(folder, String(this.port))
    await mkdir(own)
    const env = { ...process.env, PORT: String(this.port), HOST, READ_URL: readUrl, FOLDER: own, TMPDIR: own }
    const [command = '', ...options] = this.server.command.map((part) =>
      part.replaceAll('$PORT', String(this.port)),
    )
    this.#server = spawn(command, options, {
      cwd: folderOf(this.language),
      env: { ...env, ...this.server.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In its own process group, so that it ends with all its workers.
      detached: true,
    })
    for (const output of [this.#server.stdout, this.#server.stderr]) {
      output?.on('data', (data) => (this.#log = (this.#log + String(data)).slice(-2_000)))
    }
  }

  async stop() {
    const server = this.#server
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    this.kill()
    await ended
    server.stdout?.destroy()
    server.stderr?.destroy()
  }

  /** Ends the server if it is running, without waiting. */
  kill() {
    const { pid, exitCode, signalCode } = this.#server ?? {}
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid)
  }

  /** The last output of its server. */
  get log() {
    return this.#log
  }

  /**
   * Forwards a genuine callback as it came.
   *
   * @param {import('node:http').IncomingHttpHeaders} headers
   * @param {Buffer} body
   * @param {string} phase
   */
  async deliver(headers, body, phase) {
    const { 'ali-live-timestamp': timestamp = '', 'ali-live-signature': signature = '' } = headers
    const own = { 'ali-live-timestamp': String(timestamp), 'ali-live-signature': String(signature) }
    const { status, headers: answer } = await this.post(own, body)
    this.sent++
    const ok = status >= 200 && status < 300
    const taken = answer['x-live-key-verdict'] === 'quarantined' ? 'quarantined' : 'accepted'
    const verdict = ok ? taken : 'refused'
    this.latest.set(`${own['ali-live-timestamp']}|${own['ali-live-signature']}`, verdict)
    if (verdict !== 'accepted') this[verdict]++
    if (verdict === 'refused') this.wrong.add(`${phase}: a genuine callback was answered ${status}`)
    if (verdict === 'quarantined' && phase !== 'emergency')
      this.wrong.add(`${phase}: a genuine callback was quarantined`)
  }

  /** @param {string} kind @param {Record<string, string>} headers @param {string} phase */
  async forge(kind, headers, phase) {
    const { status } = await this.post(headers)
    this.forged++
    if (status >= 200 && status < 300) this.letIn++
    if (status !== 401) this.wrong.add(`${phase}: one forged ${kind} was answered ${status}`)
  }

  /**
   * Probes on a new connection, so that any of the server's workers may answer.
   *
   * @param {string} key
   */
  async probe(key) {
    const { status, headers } = await this.post(
      { ...signed(key), 'x-live-key-probe': '1' },
      Buffer.from('{}'),
      false,
    )
    const revision = Number(headers['x-live-key-revision'])
    const [instance, lineage] = [headers['x-live-key-instance'], headers['x-live-key-lineage']].map(String)
    return { status, revision, instance: instance ?? '', lineage, evidence: 'x-live-key-instance' in headers }
  }

  /**
   * @param {Record<string, string>} headers
   * @param {Buffer} body
   * @param {http.Agent | false} agent
   * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders }>} Status 0 without an answer.
   */
  post(headers, body = Buffer.from('{}'), agent = oneRequestEach) {
    return new Promise((resolve) => {
      const failed = () => resolve({ status: 0, headers: {} })
      const request = http.request(this.url, {
        method: 'POST',
        agent,
        timeout: TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
      })
      request.once('timeout', () => request.destroy())
      request.once('error', failed)
      request.once('response', (answer) => {
        answer.resume()
        answer.once('error', failed)
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers }))
      })
      request.end(body)
    })
  }
}

// A server may close an idle connection just as it is used again; that is not under test here.
const oneRequestEach = new http.Agent({ keepAlive: false, maxSockets: 16 })

/**
 * The two headers of a callback signed with `key`.
 *
 * @param {string} key
 * @param {number} [seconds]
 * @param {string} [host]
 */
export function signed(key, seconds = Math.floor(Date.now() / 1_000), host = HOST) {
  const signature = createHash('md5').update(`${host}|${seconds}|${key}`, 'utf8').digest('hex')
  return { 'ali-live-timestamp': String(seconds), 'ali-live-signature': signature }
}
