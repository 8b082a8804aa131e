// A rotation, a rollback and an emergency under callbacks into one receiver, while it cannot read its keyset: no genuine
// callback may be refused, and no forged one let in. Streams that are never pushed again keep their old key throughout.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { folderOf } from './languages.mjs'
import { freePort, LocalCloud } from './local-cloud.mjs'

const { fetch, AbortSignal, Headers } = globalThis

const HOST = '127.0.0.1'
const DOMAINS = 3
const STREAMS = 12
const ROUND_MS = 150
/** Over two ttls of the keyset. */
const OUTAGE_MS = 5_000
const WARM_UP_MS = 20_000

/**
 * @param {string} name
 * @param {import('./languages.mjs').Language} language
 * @returns {Promise<Story>}
 */
export async function outage(name, language) {
  const port = await freePort()
  const receiver = `http://${HOST}:${port}/live/snapshot`
  const cloud = await LocalCloud.start(receiver, { domains: DOMAINS, streams: STREAMS })
  const [command = '', ...options] = language.server.map((part) => part.replaceAll('$PORT', String(port)))
  const server = spawn(command, options, {
    cwd: folderOf(name),
    env: {
      ...process.env,
      ...language.env,
      PORT: String(port),
      HOST,
      READ_URL: cloud.readUrl,
      TMPDIR: cloud.folder,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, to be ended with all its workers.
    detached: true,
  })
  let errors = ''
  server.stderr.on('data', (data) => (errors = (errors + String(data)).slice(-4_000)))
  const story = new Story(cloud, receiver)
  try {
    await story.play()
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : 'failed'}\n${errors}`, {
      cause: error,
    })
  } finally {
    await end(server)
    await cloud.close()
  }
  return story
}

/** @param {import('node:child_process').ChildProcess} server */
async function end(server) {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  process.kill(-server.pid)
  await ended
  server.stderr?.destroy()
}

class Story {
  sent = 0
  quarantined = 0
  refused = 0
  forged = 0
  letIn = 0
  outageMs = 0
  /** @type {string[]} */
  wrong = []
  #phase = 'adoption'
  #over = false

  /** @param {LocalCloud} cloud @param {string} receiver */
  constructor(cloud, receiver) {
    this.cloud = cloud
    this.receiver = receiver
  }

  async play() {
    const { cloud } = this
    await cloud.run('reconcile')
    await this.#warmUp()
    const failed = (/** @type {unknown} */ error) => {
      this.wrong.push(`${this.#phase}: ${String(error)}`)
    }
    const traffic = [this.#callbacks().catch(failed), this.#forgeries().catch(failed)]
    try {
      this.#phase = 'rotation'
      await this.#downFromFirstSet(cloud.run('rotate', '--force'))
      await this.#upToDate()

      // A rollback goes to a key that was promoted, and the one before the first rotation was only found on the domains.
      this.#phase = 'second rotation'
      await cloud.run('rotate', '--force')
      await this.#upToDate()

      this.#phase = 'rollback'
      await this.#whileDown(Promise.all([cloud.run('rollback'), delay(OUTAGE_MS)]))
      await this.#upToDate()

      this.#phase = 'emergency'
      await this.#downFromFirstSet(cloud.run('rotate', '--emergency'))
      await this.#upToDate()
      await this.#evidence()
    } finally {
      this.#over = true
      await Promise.all(traffic)
    }
    if (this.quarantined === 0) this.wrong.push('no callback under a leaked key was quarantined')
  }

  async #warmUp() {
    const until = Date.now() + WARM_UP_MS
    while ((await this.#probe(await this.#key('previous'))).status !== 204) {
      if (Date.now() > until) throw new Error('the receiver does not accept the key that domains are on')
      await delay(50)
    }
  }

  /** Snapshots of every stream, over and over; some are pushed again in between, others never. */
  async #callbacks() {
    for (let round = 0; !this.#over; round++) {
      const phase = this.#phase
      const index = 1 + (round % STREAMS)
      if (index % 3 !== 0) {
        const domain = `live${1 + ((index - 1) % DOMAINS)}.example.com`
        await this.cloud.control('POST', 'streams', { domain, name: `stream${index}` })
      }
      const counts = await this.cloud.control('POST', 'callbacks/round')
      this.sent += counts.sent
      this.quarantined += counts.quarantined
      this.refused += counts.rejected + counts.lost
      if (counts.rejected + counts.lost > 0) {
        const kinds = JSON.stringify(counts.byStatus)
        this.wrong.push(
          `${phase}: of ${counts.sent} genuine callbacks ${counts.rejected + counts.lost} were refused ${kinds}`,
        )
      }
      if (phase !== 'emergency' && counts.quarantined > 0)
        this.wrong.push(`${phase}: a genuine callback was quarantined`)
      await delay(ROUND_MS)
    }
  }

  /** Callbacks that nobody genuine has signed, or that come too late, or for another host. */
  async #forgeries() {
    for (let round = 0; !this.#over; round++) {
      const key = await this.#key('current', 'pending', 'previous')
      const now = Math.floor(Date.now() / 1_000)
      // Beyond the tolerance, however long the posts before take.
      const forgeries = {
        'with a made-up key': headers(randomBytes(16).toString('hex'), now),
        'from the past': headers(key, now - 310),
        'from the future': headers(key, now + 360),
        'for another host': headers(key, now, 'evil.example.com'),
        'with half a signature': { ...headers(key, now), 'ali-live-signature': '0'.repeat(16) },
        'without a signature': { 'ali-live-timestamp': String(now) },
      }
      for (const [kind, forgery] of Object.entries(forgeries)) {
        const { status } = await this.#post(forgery)
        this.forged++
        if (status >= 200 && status < 300) this.letIn++
        if (status !== 401) this.wrong.push(`${this.#phase}: one forged ${kind} was answered ${status}`)
      }
      await delay(ROUND_MS)
    }
  }

  /** @param {Promise<unknown>} run */
  async #downFromFirstSet(run) {
    const before = await this.#sets()
    const ended = run.then(() => true)
    while ((await this.#sets()) === before) {
      if (await Promise.race([ended, delay(30, false)])) break
    }
    await this.#whileDown(Promise.all([run, delay(OUTAGE_MS)]))
  }

  /** @param {Promise<unknown>} work */
  async #whileDown(work) {
    const begun = Date.now()
    this.cloud.down = true
    await work
    this.cloud.down = false
    this.outageMs += Date.now() - begun
  }

  async #sets() {
    const { counts } = await this.cloud.control('GET', 'calls')
    return counts['SetSnapshotCallbackAuth'] ?? 0
  }

  /** Waits until the receiver shows the newest revision: it reads again by itself, or because a probe makes it. */
  async #upToDate() {
    const { revision } = JSON.parse((await this.cloud.keyset()) ?? '{}')
    const until = Date.now() + WARM_UP_MS
    for (;;) {
      const answer = await this.#probe(await this.#key('current'))
      if (answer.status === 204 && answer.headers.get('x-live-key-revision') === String(revision)) return
      if (Date.now() > until)
        throw new Error(`${this.#phase}: the receiver does not get to revision ${revision}`)
      await delay(50)
    }
  }

  /** What the rotator asks after an emergency. */
  async #evidence() {
    const { lineage } = JSON.parse((await this.cloud.keyset()) ?? '{}')
    const accepted = await this.#probe(await this.#key('current'))
    const instance = accepted.headers.get('x-live-key-instance') ?? ''
    if (!/^[0-9a-f]{12}$/.test(instance)) this.wrong.push(`an instance called "${instance}"`)
    if (accepted.headers.get('x-live-key-lineage') !== lineage)
      this.wrong.push('a probe answered with another lineage')
    const { byKid } = await this.cloud.control('POST', 'callbacks/round')
    const leaked = await this.#kids('compromised')
    if (leaked.some((kid) => (byKid[kid]?.accepted ?? 0) > 0))
      this.wrong.push('a leaked key was still trusted')
    if (leaked.every((kid) => byKid[kid] === undefined)) this.wrong.push('no stream kept a leaked key')
    for (const key of [await this.#key('compromised'), 'made up']) {
      const { status, headers } = await this.#probe(key)
      if (status !== 401) this.wrong.push(`a probe under a key that is not trusted was answered ${status}`)
      if (headers.has('x-live-key-instance')) this.wrong.push('evidence on a refused probe')
    }
  }

  /** @param {string} wanted */
  async #kids(wanted) {
    /** @type {{ keys: { kid: string, state: string }[] }} */
    const { keys } = JSON.parse((await this.cloud.keyset()) ?? '{}')
    return keys.filter(({ state }) => state === wanted).map(({ kid }) => kid)
  }

  /** @param {...string} states - The key in the first of these states that there is. */
  async #key(...states) {
    /** @type {{ keys: { key: string, state: string }[] }} */
    const { keys } = JSON.parse((await this.cloud.keyset()) ?? '{}')
    for (const state of states) {
      const found = keys.find((entry) => entry.state === state)
      if (found !== undefined) return found.key
    }
    throw new Error(`there is no ${states.join(' or ')} key`)
  }

  /** @param {string} key */
  #probe(key) {
    return this.#post({ ...headers(key, Math.floor(Date.now() / 1_000)), 'x-live-key-probe': '1' })
  }

  /** @param {Record<string, string>} given */
  async #post(given) {
    const request = { method: 'POST', headers: { 'content-type': 'application/json', ...given }, body: '{}' }
    try {
      const answer = await fetch(this.receiver, { ...request, signal: AbortSignal.timeout(5_000) })
      await answer.arrayBuffer()
      return { status: answer.status, headers: answer.headers }
    } catch {
      return { status: 0, headers: new Headers() }
    }
  }
}

/** @param {string} key @param {number} seconds @param {string} [host] */
function headers(key, seconds, host = HOST) {
  const signature = createHash('md5').update(`${host}|${seconds}|${key}`, 'utf8').digest('hex')
  return { 'ali-live-timestamp': String(seconds), 'ali-live-signature': signature }
}
