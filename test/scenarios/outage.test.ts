import { afterEach, expect, it } from 'vitest'
import type { FaultKind } from '../../lib/emulator/wire/faults.ts'
import { createVerifier } from '../../lib/receiver/index.ts'
import { callbackHeaders, generateKey } from '../../lib/receiver/testing.ts'
import { LocalCloud } from '../support/local-cloud.ts'

const STREAMS = 60
const OUTAGE_S = 25
const OPERATIONS = ['GetSecretValue', 'ListSecretVersionIds', 'PutSecretValue', 'DescribeSecret']

let cloud: LocalCloud | undefined
afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

it.each<[FaultKind, string]>([
  ['drop', 'breaks the connection'],
  ['error', 'answers 500'],
  ['hang', 'does not answer'],
])(
  'a receiver refuses no genuine callback, and every forged one, while KMS %s (%s) for 25 s during a rotation',
  { tags: 'slow' },
  async (kind) => {
    cloud = await LocalCloud.start({ domains: 10, streams: STREAMS })
    const here = cloud
    const { clock, emulator, received } = here
    // Shorter than the outage: what is held has outlived its ttl long before KMS comes back.
    const propagation = { ...here.group.propagation, marginMs: 1_000 }
    here.group = { ...here.group, ttlMs: 5_000, propagation }
    await here.go({ action: 'reconcile' })
    await clock.run(received.load())
    const verify = createVerifier({ keyset: received, host: '127.0.0.1', clock })
    const forged: string[] = []
    let wasStale = false

    const rotation = here.begin({ force: true })
    const sending = (async () => {
      for (let second = 0; second < 3 + OUTAGE_S + 15; second++) {
        await clock.sleep(1_000)
        if (second === 3)
          for (const action of OPERATIONS) emulator.faults.add({ kind, action, times: 'always' })
        if (second === 3 + OUTAGE_S) emulator.faults.clear()
        for (const stream of [...emulator.world.streams.all()].slice(second, second + 2)) {
          emulator.world.streams.push(stream, clock.now())
        }
        await emulator.callbacks.round()
        wasStale ||= !received.fresh
        const headers = callbackHeaders({ host: '127.0.0.1', key: generateKey(), now: clock.now() })
        forged.push((await verify(headers)).verdict)
      }
    })()
    await clock.run(Promise.all([rotation, sending]))
    for (let run = 0; run < 3; run++) {
      const { outcome } = await here.go({ action: 'reconcile' })
      await here.callbacks()
      if (outcome === 'reconciled' && here.states()[0] === 'current') break
    }

    expect(here.states().slice(0, 2)).toEqual(['current', 'previous'])
    expect(wasStale).toBe(true)
    const { sent, accepted, rejected, lost } = emulator.callbacks.genuine.counts
    expect({ accepted, rejected, lost }).toEqual({ accepted: sent, rejected: 0, lost: 0 })
    expect(sent).toBeGreaterThan(STREAMS * (OUTAGE_S + 15))
    expect(new Set(forged)).toEqual(new Set(['rejected']))
  },
)
