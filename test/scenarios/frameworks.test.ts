import { afterEach, describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import { createVerifier } from '../../lib/receiver/index.ts'
import { ADAPTERS, MIDDLEWARE, type StartReceiver } from '../receiver/adapters.ts'
import { LocalCloud } from '../support/local-cloud.ts'

const DOMAINS = 20
const PER_SECOND = 100

let cloud: LocalCloud | undefined
afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

/** Every framework once: those that have no handler to end a route with stand here as middleware. */
const RECEIVERS: Readonly<Record<string, StartReceiver>> = { ...ADAPTERS, ...only(MIDDLEWARE, 'nest') }

function only<T>(all: Readonly<Record<string, T>>, name: string): Record<string, T> {
  const one = all[name]
  if (one === undefined) throw new TypeError(`there is no ${name}`)
  return { [name]: one }
}

/** A receiver in the framework, and a callback of every stream once a second, of forgers too. */
async function setUp(start: StartReceiver) {
  cloud = await LocalCloud.start({ domains: DOMAINS, streams: PER_SECOND })
  const { clock, emulator, received } = cloud
  cloud.group = {
    ...cloud.group,
    ttlMs: 2_000,
    propagation: { ...cloud.group.propagation, marginMs: 1_000 },
  }
  const verify = createVerifier({ keyset: received, host: '127.0.0.1', clock })
  // While the keyset is stale, forgers are kept waiting for the next read.
  let kept = 0
  const { decide } = verify
  Object.assign(verify, {
    decide: (...callback: Parameters<typeof decide>) => {
      const decided = decide(...callback)
      if (decided instanceof Promise) {
        kept++
        const over = (): number => kept--
        decided.then(over, over)
      }
      return decided
    },
  })
  clock.hold(() => kept)
  const seen: Record<string, number> = {}
  const url = await start(verify, ({ verdict }) => {
    seen[verdict] = (seen[verdict] ?? 0) + 1
    return undefined
  })
  emulator.world.routeCallbacks(url)
  await cloud.go({ action: 'reconcile' })
  const streams = [...emulator.world.streams.all()]
  const stranger = Key.of('k'.repeat(32))

  async function send(seconds: number): Promise<void> {
    // Forgers wait for no answer: a receiver may keep them waiting while its keyset is stale.
    const forging: Promise<unknown>[] = []
    for (let second = 0; second < seconds; second++) {
      await clock.sleep(1_000)
      // Every second some streams are pushed again, and sign with what their domain is set to by then.
      const again = streams.slice((second * 12) % PER_SECOND, ((second * 12) % PER_SECOND) + 12)
      for (const stream of again) emulator.world.streams.push(stream, clock.now())
      forging.push(emulator.callbacks.forge(url, stranger, 5))
      await emulator.callbacks.round()
    }
    await Promise.all(forging)
  }
  return { cloud, clock, emulator, seen, send }
}

describe.each(Object.entries(RECEIVERS))('a receiver in %s under load', { tags: 'slow' }, (name, start) => {
  it('refuses no genuine callback through a rotation, 25 s without KMS, a rollback and an emergency', async () => {
    const { cloud: here, clock, emulator, seen, send } = await setUp(start)
    const { genuine, forged } = emulator.callbacks

    const [rotated] = await clock.run(Promise.all([here.begin({ force: true }), send(8)]))
    expect(rotated.groups[0]).toMatchObject({ outcome: 'rotated', domains: { confirmed: DOMAINS } })

    // Many times its ttl: the receiver goes on with what it has.
    emulator.faults.add({ kind: 'error', action: 'GetSecretValue', times: 'always' })
    await clock.run(send(25))
    expect(here.received.fresh).toBe(false)
    emulator.faults.clear()
    // Its pauses between tries have grown by then.
    for (let second = 0; second < 31 && !here.received.fresh; second++) await clock.run(send(1))
    expect(here.received.fresh).toBe(true)

    // A rollback goes to a key that was promoted, and the one before the first rotation was only found on the domains.
    const [again] = await clock.run(Promise.all([here.begin({ force: true }), send(8)]))
    expect(again.groups[0]).toMatchObject({ outcome: 'rotated', domains: { confirmed: DOMAINS } })

    const [back] = await clock.run(Promise.all([here.begin({ action: 'rollback' }), send(8)]))
    expect(back.groups[0]).toMatchObject({ outcome: 'rotated', domains: { confirmed: DOMAINS } })
    expect(genuine.counts).toMatchObject({ rejected: 0, lost: 0, quarantined: 0 })

    const before = genuine.counts.accepted
    const [cutOff] = await clock.run(Promise.all([here.begin({ emergency: true }), send(8)]))
    expect(cutOff.groups[0]).toMatchObject({ outcome: 'rotated', domains: { confirmed: DOMAINS } })
    expect(genuine.counts.lost).toBe(0)
    expect(genuine.counts.accepted).toBeGreaterThan(before)

    // What is under a leaked key comes to a handler, which sees the verdict; middleware answers it 401.
    expect(seen['quarantined'] ?? 0).toBe(name === 'nest' ? 0 : genuine.counts.sent - seen['accepted']!)
    expect(genuine.counts.rejected).toBe(name === 'nest' ? genuine.counts.sent - seen['accepted']! : 0)
    expect(forged.counts).toMatchObject({ rejected: forged.counts.sent, accepted: 0, quarantined: 0 })
    expect(forged.counts.sent).toBeGreaterThanOrEqual(49 * 5)
  })
})
