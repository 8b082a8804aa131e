import type { RotationRequest } from '../lib/config/types.ts'
import { Key } from '../lib/keyset/key.ts'
import { currentKey, pendingKey } from '../lib/keyset/keyset.ts'
import { ModelCallbacks } from '../test/support/model-callbacks.ts'
import { HOUR, MINUTE } from '../test/support/model-cloud.ts'
import { seeded } from '../test/support/seeded.ts'
import { Story } from '../test/support/story.ts'
import { count, none, type Part, type Row } from './part.ts'
import { everyOrder, Schedule, type Choose } from './schedule.ts'

type Wanted = Partial<RotationRequest>

const REQUESTS: Readonly<Record<string, Wanted>> = {
  rotate: { id: 'a' },
  'forced rotate': { force: true, id: 'b' },
  emergency: { emergency: true, id: 'c' },
  'emergency, interrupt': { emergency: true, onRunningStreams: 'interrupt', id: 'd' },
  rollback: { action: 'rollback', id: 'e' },
  reconcile: { action: 'reconcile' },
}

const RANDOM_ORDERS = 10_000

export const interleavings: Part = {
  name: 'interleavings',
  title: 'Two rotators at once, in every order',
  about:
    'The runs make their calls one at a time, in an order that the proof chooses; a run that is not chosen while time ' +
    'passes is frozen, even between its fence and its set. Small pairs of runs go through every order of their calls. ' +
    'Each pair of requests goes through every order with at most two switches (to another run, or to let time pass). ' +
    'Two or three runs go through seeded random orders, while the receiver library keeps verifying a callback of ' +
    'every stream and streams are pushed at the worst moment. No genuine callback may have been refused, and a ' +
    'reconcile must leave no key pending and all domains on the current one.',
  run: async ({ slice }) => [
    ...(await smallPairs(slice)),
    ...(await pairsOfRequests(slice)),
    await randomOrders(slice ? 200 : RANDOM_ORDERS),
  ],
}

async function begin(domains: number): Promise<Story> {
  const names = Array.from({ length: domains }, (_, index) => `live${index + 1}.example.com`)
  const story = new Story({ domains: names })
  await story.go({})
  await story.clock.advance(2 * HOUR)
  story.pushAll()
  return story
}

/** What is wrong after the runs have ended and two reconciles have followed. */
async function judge(story: Story, name: string): Promise<string[]> {
  await story.clock.advance(MINUTE)
  await story.go({ action: 'reconcile' })
  await story.clock.advance(MINUTE)
  await story.go({ action: 'reconcile' })
  const found = [...story.cloud.refusals]
  if (pendingKey(story.keyset)) found.push('a key is still pending')
  const current = currentKey(story.keyset)?.kid
  if (story.kidsOnDomains().some((kid) => kid !== current)) found.push('a domain is not on the current key')
  return found.map((what) => `${name}: ${what}`)
}

async function smallPairs(slice: boolean): Promise<Row[]> {
  const small: Readonly<Record<string, [Wanted, Wanted, (story: Story) => void]>> = {
    'two reconciles': [{ action: 'reconcile' }, { action: 'reconcile' }, () => undefined],
    'two reconciles that repair': [
      { action: 'reconcile' },
      { action: 'reconcile' },
      (story) => story.cloud.domains.set('live1.example.com', { enabled: true, key: Key.generate() }),
    ],
    'an emergency and a reconcile': [REQUESTS['emergency']!, { action: 'reconcile' }, () => undefined],
  }
  const rows: Row[] = []
  for (const [name, [first, second, before]] of Object.entries(small)) {
    const found: string[] = []
    const most = slice ? 2 : Infinity
    const orders = await everyOrder(most, async (choose) => {
      const story = await begin(1)
      before(story)
      await play(story, [first, second], choose, { timeIsFree: false })
      found.push(...(await judge(story, name)))
    })
    rows.push(none(`${name}: ${slice ? 'some orders' : 'every order'} of their calls`, orders, found))
  }
  return rows
}

async function pairsOfRequests(slice: boolean): Promise<Row[]> {
  const names = Object.keys(REQUESTS)
  const found: string[] = []
  let orders = 0
  let pairs = 0
  for (const [index, first] of names.entries()) {
    for (const second of names.slice(index)) {
      pairs++
      orders += await everyOrder(slice ? 0 : 2, async (choose) => {
        const story = await begin(2)
        await play(story, [REQUESTS[first]!, REQUESTS[second]!], choose)
        found.push(...(await judge(story, `${first} beside ${second}`)))
      })
    }
  }
  const which = slice ? 'one order of each' : 'every order with two switches'
  return [none(`${count(pairs)} pairs of requests: ${which}`, orders, found)]
}

async function randomOrders(orders: number): Promise<Row> {
  const wanted = Object.values(REQUESTS)
  const found: string[] = []
  let callbacks = 0
  for (let seed = 1; seed <= orders; seed++) {
    const random = seeded(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
    const story = await begin(3)
    const receiver = new ModelCallbacks(story.cloud)
    const runs = Array.from({ length: random() < 0.7 ? 2 : 3 }, () => pick(wanted))
    // Some orders change at every call, others hardly ever.
    const restlessness = random()
    const choose: Choose = (options) => (random() < restlessness ? Math.floor(random() * options.length) : 0)
    await play(story, runs, choose, {
      after: async () => {
        if (random() < 0.2) await receiver.round()
      },
    })
    await receiver.round()
    callbacks += receiver.sent
    found.push(...(await judge(story, `seed ${seed}`)))
    for (const kid of receiver.refusedKids) found.push(`seed ${seed}: the receiver rejected ${kid}`)
  }
  return none(`random orders of two or three runs, with ${count(callbacks)} callbacks`, orders, found)
}

async function play(
  story: Story,
  runs: readonly Wanted[],
  choose: Choose,
  options: { timeIsFree?: boolean; after?: () => Promise<void> } = {},
): Promise<void> {
  const { cloud, clock } = story
  const schedule = new Schedule(clock)
  cloud.latencyMs = 0
  const begun = runs.map((wanted) => story.begin(wanted, schedule.take(cloud.process())))
  await schedule.play(Promise.all(begun), choose, options)
  cloud.latencyMs = 5
}
