import { afterEach, describe, expect, it } from 'vitest'
import { createVerifier } from '../../lib/receiver/index.ts'
import { ADAPTERS } from '../receiver/adapters.ts'
import { LocalCloud } from '../support/local-cloud.ts'

const PER_SECOND = 500

let cloud: LocalCloud | undefined
afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

describe.each(Object.entries(ADAPTERS))('a receiver in %s, at 500 callbacks a second', (_, start) => {
  it('refuses none while its key is rotated, of streams old and new', async () => {
    cloud = await LocalCloud.start({ domains: 50, streams: PER_SECOND })
    const { clock, emulator, received } = cloud
    cloud.group = {
      ...cloud.group,
      ttlMs: 2_000,
      propagation: { ...cloud.group.propagation, marginMs: 1_000 },
    }
    const verify = createVerifier({ keyset: received, host: '127.0.0.1', clock })
    const kids: Record<string, number> = {}
    emulator.world.routeCallbacks(
      await start(verify, ({ verdict, kid }) => {
        if (verdict === 'accepted') kids[kid] = (kids[kid] ?? 0) + 1
        return undefined
      }),
    )
    await cloud.go({ action: 'reconcile' })

    const rotation = cloud.begin({ force: true })
    const streams = [...emulator.world.streams.all()]
    const sending = (async () => {
      for (let second = 0; second < 8; second++) {
        await clock.sleep(1_000)
        // Every second some streams are pushed again, and sign with what their domain is set to by then.
        for (const stream of streams.slice(second * 60, second * 60 + 60)) {
          emulator.world.streams.push(stream, clock.now())
        }
        await emulator.callbacks.round()
      }
    })()
    const [report] = await clock.run(Promise.all([rotation, sending]))

    expect(report.groups[0]).toMatchObject({ outcome: 'rotated', domains: { confirmed: 50 } })
    const { sent, rejected, lost } = emulator.callbacks.genuine.counts
    expect({ sent, rejected, lost }).toEqual({ sent: 8 * PER_SECOND, rejected: 0, lost: 0 })
    // Both keys were in use, and each callback came to user code once.
    expect(Object.keys(kids).length).toBeGreaterThanOrEqual(2)
    expect(Object.values(kids).reduce((sum, count) => sum + count, 0)).toBe(sent)
  })
})
