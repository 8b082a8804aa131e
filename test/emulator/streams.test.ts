import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_ASSUMPTIONS } from '../../lib/emulator/assumptions.ts'
import { World } from '../../lib/emulator/world/world.ts'
import { TestClock } from '../support/clock.ts'

const DOMAIN = 'live1.example.com'

function worldWith(clock: TestClock, random = () => 0.5): World {
  const world = new World({
    clock,
    random,
    assumptions: DEFAULT_ASSUMPTIONS,
    repushDelay: { min: 1_000, max: 3_000 },
  })
  world.addDomain({ name: DOMAIN, key: 'key 0', callbackUrl: 'http://127.0.0.1/' })
  return world
}

function keyOf(world: World, name: string): string | null | undefined {
  const push = world.streams.get(`${DOMAIN}/live/${name}`)?.push
  return push && (push.destinations[0]?.key?.reveal() ?? null)
}

describe('a running stream', () => {
  it('keeps the key that its domain had when it was pushed', async () => {
    const moves = fc.array(
      fc.record({
        wait: fc.nat(5_000),
        does: fc.constantFrom('set', 'off', 'delete', 'push', 'stop', 'cut'),
        stream: fc.constantFrom('a', 'b', 'c'),
      }),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(moves, async (steps) => {
        const clock = new TestClock()
        const world = worldWith(clock)
        const domain = world.domain(DOMAIN)
        for (const name of ['a', 'b', 'c']) world.streams.add(domain, 'live', name)
        let present: string | null = 'key 0'
        const keys = new Map<string, string | null>()
        const repushes = new Map<string, number>()
        for (const [index, { wait, does, stream: name }] of steps.entries()) {
          await clock.advance(wait)
          for (const [cut, at] of repushes) {
            if (at > clock.now()) continue
            keys.set(cut, present)
            repushes.delete(cut)
          }
          world.catchUp()
          const stream = world.streams.get(`${DOMAIN}/live/${name}`)
          if (stream === undefined) throw new Error('no stream')
          if (does === 'set') world.setKey(DOMAIN, (present = `key ${index + 1}`))
          else if (does === 'off') {
            present = null
            world.setKey(DOMAIN, `key ${index + 1}`, false)
          } else if (does === 'delete') world.setKey(DOMAIN, (present = null))
          else {
            repushes.delete(name)
            keys.delete(name)
            if (does === 'push') {
              world.streams.push(stream, clock.now())
              keys.set(name, present)
            } else if (does === 'stop') world.streams.stop(stream)
            else {
              world.streams.cut(stream, clock.now())
              repushes.set(name, clock.now() + 2_000)
            }
          }
          for (const each of ['a', 'b', 'c'])
            expect(keyOf(world, each)).toEqual(keys.has(each) ? keys.get(each) : null)
        }
      }),
    )
  })

  it('ends and is pushed again by itself, on time even if nobody looks', async () => {
    const clock = new TestClock(0)
    const world = worldWith(clock, () => 0)
    const habits = { length: { min: 10_000, max: 10_000 }, pause: { min: 2_000, max: 2_000 } }
    const stream = world.streams.add(world.domain(DOMAIN), 'live', 'a', habits)
    world.streams.push(stream, 0)
    await clock.advance(11_000)
    // The key that is set now is the one of the push at 12,000, though that is noticed much later.
    world.setKey(DOMAIN, 'key 1')
    await clock.advance(12_500)
    world.setKey(DOMAIN, 'key 2')
    expect(keyOf(world, 'a')).toBeNull()
    await clock.advance(500)
    world.catchUp()
    expect([keyOf(world, 'a'), stream.push?.at, stream.pushes]).toEqual(['key 2', 24_000, 3])
  })

  it('is also signed by the notify configuration, if there is one', () => {
    const world = worldWith(new TestClock())
    const domain = world.domain(DOMAIN)
    world.setNotify(domain, { url: 'http://127.0.0.1/n', enabled: false, key: null })
    const stream = world.streams.add(domain, 'live', 'a')
    world.streams.push(stream, world.now())
    expect(stream.push?.destinations.map(({ url, key }) => [url, key?.reveal()])).toEqual([
      ['http://127.0.0.1/', 'key 0'],
      ['http://127.0.0.1/n', undefined],
    ])
  })

  it('is removed with its domain', () => {
    const world = worldWith(new TestClock())
    world.streams.push(world.streams.add(world.domain(DOMAIN), 'live', 'a'), world.now())
    world.removeDomain(DOMAIN)
    expect([...world.streams.all()]).toEqual([])
  })
})
