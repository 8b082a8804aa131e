// A rotation, a rollback and an emergency under callbacks into all receivers at once, while none can read its keyset: no
// genuine callback may be refused, and no forged one let in. Streams that are never pushed again keep their old key
// throughout.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, LocalCloud } from './local-cloud.mjs'
import { HOST, Receiver, signed } from './receiver.mjs'

const DOMAINS = 3
const STREAMS = 12
const ROUND_MS = 250
/** More than two ttls of the keyset. */
const OUTAGE_MS = 5_000
/** More than twelve of them. */
const LONG_OUTAGE_MS = 25_000
const WARM_UP_MS = 30_000

/**
 * @param {[string, import('./languages.mjs').Server][]} servers - Each with its language.
 */
export async function play(servers) {
  const cloud = await LocalCloud.start({ domains: DOMAINS, streams: STREAMS })
  /** @type {Receiver[]} */
  const receivers = []
  for (const [language, server] of servers) receivers.push(new Receiver(language, server, await freePort()))
  const story = new Story(cloud, receivers)
  const killAll = () => {
    for (const receiver of receivers) receiver.kill()
    cloud.emulator.kill()
  }
  // When the tests are interrupted.
  process.once('exit', killAll)
  try {
    await Promise.all(receivers.map((receiver) => receiver.start(cloud.readUrl(receiver.name), cloud.folder)))
    await story.play()
    return { receivers, outages: story.outages }
  } finally {
    story.live.closeAllConnections()
    story.live.close()
    await Promise.all(receivers.map((receiver) => receiver.stop()))
    process.off('exit', killAll)
    await cloud.close()
  }
}

class Story {
  /** @type {number[]} How long each outage lasted, in milliseconds. */
  outages = []
  #phase = 'adoption'
  #over = false

  /** @param {LocalCloud} cloud @param {Receiver[]} receivers */
  constructor(cloud, receivers) {
    this.cloud = cloud
    this.receivers = receivers
    this.live = createServer((request, answer) => void this.#fanOut(request, answer))
  }

  async play() {
    const { cloud } = this
    this.live.listen(0, HOST)
    await once(this.live, 'listening')
    const address = this.live.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const urls = this.receivers.map(({ url }) => url)
    await cloud.configure(`http://${HOST}:${port}/live/snapshot`, urls)
    await cloud.run('reconcile')
    await this.#all((receiver) => this.#upToDate(receiver, 'previous'))
    const traffic = [this.#callbacks(), this.#forgeries()]
    try {
      this.#phase = 'rotation'
      await this.#downFromFirstSet(cloud.run('rotate', '--force'))
      await this.#all((receiver) => this.#upToDate(receiver))

      // A rollback needs a key that was promoted; the one before the first rotation was only imported from the domains.
      this.#phase = 'second rotation'
      await cloud.run('rotate', '--force')
      await this.#all((receiver) => this.#upToDate(receiver))

      this.#phase = 'rollback'
      await this.#whileDown(Promise.all([cloud.run('rollback'), delay(LONG_OUTAGE_MS)]))
      await this.#all((receiver) => this.#upToDate(receiver))

      this.#phase = 'emergency'
      await this.#downFromFirstSet(cloud.run('rotate', '--emergency'))
      await this.#all((receiver) => this.#upToDate(receiver))
    } finally {
      this.#over = true
      await Promise.allSettled(traffic)
    }
    await Promise.all(traffic)
    await this.#afterEmergency()
    for (const receiver of this.receivers) {
      if (receiver.quarantined === 0) receiver.wrong.add('no callback under a leaked key was quarantined')
    }
  }

  /** @param {(receiver: Receiver) => Promise<unknown>} work */
  #all(work) {
    return Promise.all(this.receivers.map(work))
  }

  /**
   * Forwards every callback of Live to every receiver.
   *
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} answer
   */
  async #fanOut(request, answer) {
    const phase = this.#phase
    const body = await buffer(request)
    await this.#all((receiver) => receiver.deliver(request.headers, body, phase))
    answer.end()
  }

  /** Sends snapshots of every stream, again and again; some streams are pushed again in between, others never. */
  async #callbacks() {
    for (let round = 0; !this.#over; round++) {
      const index = 1 + (round % STREAMS)
      if (index % 3 !== 0) {
        const domain = `live${1 + ((index - 1) % DOMAINS)}.example.com`
        await this.cloud.control('POST', 'streams', { domain, name: `stream${index}` })
      }
      await this.#round()
      await delay(ROUND_MS)
    }
  }

  async #round() {
    for (const { latest } of this.receivers) latest.clear()
    await this.cloud.control('POST', 'callbacks/round')
  }

  /** Sends callbacks that are forged, come too late, or are for another host. */
  async #forgeries() {
    while (!this.#over) {
      const phase = this.#phase
      const key = await this.#key('current', 'pending', 'previous')
      const now = Math.floor(Date.now() / 1_000)
      // Beyond the tolerance, however long the preceding posts take.
      const forgeries = {
        'with a made-up key': signed(randomBytes(16).toString('hex'), now),
        'from the past': signed(key, now - 310),
        'from the future': signed(key, now + 360),
        'for another host': signed(key, now, 'evil.example.com'),
        'with half a signature': { ...signed(key, now), 'ali-live-signature': '0'.repeat(16) },
        'without a signature': { 'ali-live-timestamp': String(now) },
      }
      for (const [kind, headers] of Object.entries(forgeries)) {
        await this.#all((receiver) => receiver.forge(kind, headers, phase))
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
    // An emergency waits for nobody: a receiver that could not read the fresh key before KMS went down rightly refuses it.
    await this.#all((receiver) => this.#upToDate(receiver))
    await this.#whileDown(Promise.all([run, delay(OUTAGE_MS)]))
  }

  /** @param {Promise<unknown>} work */
  async #whileDown(work) {
    const begun = Date.now()
    this.cloud.down = true
    await work
    this.cloud.down = false
    this.outages.push(Date.now() - begun)
  }

  async #sets() {
    const { counts } = await this.cloud.control('GET', 'calls')
    return counts['SetSnapshotCallbackAuth'] ?? 0
  }

  /**
   * Waits until every worker of a receiver shows the newest revision; each reads again by itself.
   *
   * @param {Receiver} receiver
   * @param {string} state - The state of the key to probe with.
   */
  async #upToDate(receiver, state = 'current') {
    const { revision, lineage } = await this.#document()
    const key = await this.#key(state, 'pending')
    /** @type {Map<string, number>} */
    const seen = new Map()
    for (const until = Date.now() + WARM_UP_MS; Date.now() < until; await delay(25)) {
      const answer = await receiver.probe(key)
      if (answer.status !== 204) continue
      if (!/^[0-9a-f]{12}$/.test(answer.instance))
        receiver.wrong.add(`an instance has the id "${answer.instance}"`)
      if (answer.lineage !== lineage) receiver.wrong.add('a probe was answered with another lineage')
      seen.set(answer.instance, answer.revision)
      const all = [...seen.values()]
      if (all.length >= receiver.server.instances && all.every((one) => one >= revision)) {
        if (all.length > receiver.server.instances) receiver.wrong.add(`it shows ${all.length} instances`)
        return
      }
    }
    throw new Error(
      `${this.#phase}: ${receiver.name} does not reach revision ${revision}: ${JSON.stringify([...seen])}\n${receiver.log}`,
    )
  }

  /** Checks what the rotator asks after an emergency, and how callbacks of streams that kept the leaked key are treated. */
  async #afterEmergency() {
    const leaked = (await this.#document()).keys.filter(({ state }) => state === 'compromised')
    await this.#round()
    for (const receiver of this.receivers) {
      const verdicts = [...receiver.latest].filter(([id]) => {
        const [timestamp = '', signature] = id.split('|')
        return leaked.some(({ key }) => signed(key, Number(timestamp))['ali-live-signature'] === signature)
      })
      if (verdicts.length === 0) receiver.wrong.add('no stream kept a leaked key')
      if (verdicts.some(([, verdict]) => verdict !== 'quarantined'))
        receiver.wrong.add('a leaked key was still trusted')
    }
    for (const key of [...leaked.map(({ key }) => key), 'made up']) {
      await this.#all(async (receiver) => {
        const { status, evidence } = await receiver.probe(key)
        if (status !== 401) receiver.wrong.add(`a probe under an untrusted key was answered ${status}`)
        if (evidence) receiver.wrong.add('a refused probe was answered with evidence')
      })
    }
  }

  /** The newest document. */
  async #document() {
    const text = (await this.cloud.keyset()) ?? '{}'
    return /** @type {{ revision: number, lineage: string, keys: { key: string, state: string }[] }} */ (
      JSON.parse(text)
    )
  }

  /** @param {...string} states - Returns the key in the first of these states that has one. */
  async #key(...states) {
    const { keys } = await this.#document()
    for (const state of states) {
      const found = keys.find((entry) => entry.state === state)
      if (found !== undefined) return found.key
    }
    throw new Error(`there is no ${states.join(' or ')} key`)
  }
}
