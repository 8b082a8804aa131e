import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import type { NoticeMemory } from '../../lib/notify/notify.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import { DAY, groupConfig, HOUR, MINUTE, rotationConfig } from '../support/model-cloud.ts'
import { NotifyWorld, WEBHOOK } from './support.ts'

const TICK = 10 * MINUTE
const FUNCTION_TIME = 570_000

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

const down = (): Promise<never> =>
  Promise.reject(new RotatorError('unavailable', 'KMS does not answer', { retryable: true }))
const kmsDown = (ports: GroupPorts): GroupPorts => ({ ...ports, keysets: { ...ports.keysets, load: down } })

describe('the timers of a year', () => {
  it('rotate every month, refuse nothing, and tell everything once', { tags: 'slow' }, async () => {
    const world = new NotifyWorld()
    const { clock, cloud } = world
    const group = groupConfig({ probes: ['https://hooks.example.com/live'] })
    world.config = { ...rotationConfig(group), notify: [WEBHOOK] }
    const random = numbers(1)
    const year = clock.now()
    const [one, two, three] = group.domains as [string, string, string]

    let memory: NoticeMemory = new Map()
    let kms = true
    const events: { readonly at: number; readonly run: () => void | Promise<void> }[] = []
    const at = (month: number, day: number, hour: number, run: () => void | Promise<void>): void => {
      events.push({ at: Date.UTC(2027, month - 1, day, hour), run })
    }
    const invoke = async (wanted: Parameters<NotifyWorld['invoke']>[0]): Promise<void> => {
      const process = cloud.process()
      process.deadline = clock.now() + FUNCTION_TIME
      process.waitUntil = process.deadline
      await world.invoke(wanted, { memory, process, ...(!kms && { ports: kmsDown }) })
    }

    for (let month = 1; month <= 12; month++) {
      const rotate = (): Promise<void> => invoke({ action: 'rotate', id: `rotate@${month}` })
      events.push({ at: Date.UTC(2027, month - 1, 1, 4, 5), run: rotate })
      // Delivered a second time, at once or hours later.
      events.push({ at: Date.UTC(2027, month - 1, 1, 4 + (month % 3), 6), run: rotate })
    }
    for (let day = 0; day < 365; day++) {
      events.push({
        at: year + day * DAY + 6 * HOUR,
        run: () => {
          // Nothing that was told may hang on what an instance remembers.
          memory = new Map()
          for (const domain of group.domains) {
            cloud.push(domain)
            cloud.push(domain, 'newest')
          }
        },
      })
    }
    const broken = (month: number, day: number, hours: number): void => {
      at(month, day, 3, () => {
        cloud.broken.set(two, { query: new RotatorError('denied', `domain ${two}: no permission`) })
      })
      at(month, day, 3 + hours, () => {
        cloud.broken.delete(two)
      })
    }
    broken(2, 10, 24)
    at(3, 5, 12, () => {
      cloud.domains.set(one, { enabled: false, key: cloud.domains.get(one)?.key ?? null })
    })
    // One tick alone is nobody's business.
    at(4, 7, 12, async () => {
      cloud.broken.set(three, { query: new RotatorError('unavailable', `domain ${three}: no answer`) })
      await invoke({ action: 'reconcile' })
      cloud.broken.delete(three)
    })
    broken(5, 20, 12)
    at(6, 1, 0, () => {
      cloud.probeAnswer = () => ({ accepted: false, detail: 'it answered 401' })
    })
    at(6, 1, 9, () => {
      cloud.probeAnswer = () => ({ accepted: true, detail: 'it answered 204' })
    })
    at(7, 14, 12, () => void (kms = false))
    at(7, 14, 18, () => void (kms = true))
    at(8, 8, 12, () => {
      world.reachable = false
      cloud.domains.set(three, { enabled: false, key: cloud.domains.get(three)?.key ?? null })
    })
    at(8, 8, 13, () => void (world.reachable = true))
    at(8, 20, 2, () => void (world.reachable = false))
    broken(8, 20, 12)
    at(8, 20, 8, () => void (world.reachable = true))
    at(10, 9, 15, async () => {
      for (const { kid } of cloud.keyset?.keys ?? []) cloud.mayBeRefused.add(kid)
      await invoke({ action: 'rotate', emergency: true, id: 'leak' })
    })
    const ticks = Array.from({ length: (365 * DAY) / TICK }, (_, index) => year + index * TICK)
    for (const due of ticks) {
      // Some ticks are skipped, some come late, some twice.
      if (random() < 0.03) continue
      const late = random() < 0.05 ? random() * 8 * MINUTE : 0
      const run = (): Promise<void> => invoke({ action: 'reconcile' })
      events.push({ at: due + late, run })
      if (random() < 0.02) events.push({ at: due + late, run })
    }
    events.sort((a, b) => a.at - b.at)

    const kids = new Set<string>()
    for (const { at: due, run } of events) {
      if (due > clock.now()) await clock.advance(due - clock.now())
      await run()
      const current = cloud.keyset?.keys.find(({ state }) => state === 'current')
      if (current) kids.add(current.kid)
    }

    expect(world.causes()).toEqual([
      `domainFailed ${two}`,
      `driftRepaired ${one}`,
      `domainFailed ${two}`,
      'receiversRefuse',
      'failed unavailable',
      `driftRepaired ${three}`,
      `domainFailed ${two}`,
      expect.stringMatching(/^emergencyDone [0-9a-f]{12}$/),
    ])
    expect(kids.size).toBe(12 + 1)
    expect(cloud.refusals).toEqual([])
    expect(world.told.map(({ at: when }) => new Date(when).toISOString().slice(0, 13))).toEqual([
      '2027-02-10T03',
      '2027-03-05T12',
      '2027-05-20T03',
      '2027-06-01T05',
      '2027-07-14T12',
      '2027-08-08T13',
      '2027-08-20T08',
      '2027-10-09T15',
    ])
  })
})
