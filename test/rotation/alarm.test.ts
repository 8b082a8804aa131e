import { expect, it } from 'vitest'
import type { Key } from '../../lib/keyset/key.ts'
import type { ProbeAnswer } from '../../lib/rotation/probe.ts'
import { HOUR } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

// How often an emergency asks each receiver, and with which key.

const URL = 'https://hooks.example.com/live'
const LEAK = { emergency: true, id: 'leak' } as const

/** The probes of an emergency a day after a rotation: how many with a key of no document, the fresh and a leaked one. */
async function probesOf(
  answer: (key: Key, story: Story) => ProbeAnswer,
  instances: number | null,
): Promise<{ made: number; fresh: number; leaked: number; kids: Set<string> }> {
  const story = new Story({
    probes: [URL],
    instances: instances === null ? null : new Map([[URL, instances]]),
  })
  await story.go()
  await story.clock.advance(2 * HOUR)
  const leaked = story.keyset.keys.map(({ kid }) => kid)
  const asked: string[] = []
  story.cloud.probeAnswer = (_, key) => {
    asked.push(key.kid)
    return answer(key, story)
  }
  await story.go(LEAK)
  const fresh = story.newest('current').kid
  const ofLeaked = asked.filter((kid) => leaked.includes(kid))
  return {
    made: asked.filter((kid) => kid !== fresh && !leaked.includes(kid)).length,
    fresh: asked.filter((kid) => kid === fresh).length,
    leaked: ofLeaked.length,
    kids: new Set(ofLeaked),
  }
}

const isHeld = (key: Key, { keyset }: Story): boolean =>
  keyset.keys.some(({ kid, state }) => kid === key.kid && state !== 'compromised')

it('sends ten of each over new connections if the number of instances is not stated', async () => {
  const probes = await probesOf(
    (key, story) => ({ accepted: isHeld(key, story), detail: '', status: 204 }),
    null,
  )
  expect(probes.made).toBe(10)
  expect(probes.fresh).toBeGreaterThanOrEqual(10)
  expect(probes.leaked).toBe(10)
  // The key that domains signed with stands for all that leaked.
  expect(probes.kids.size).toBe(1)
})

it('sends twice as many as there are instances if the number is stated', async () => {
  const evidence = { instance: 'a'.repeat(12), lineage: 'abc', revision: 9 }
  const probes = await probesOf(
    (key, story) => ({ accepted: isHeld(key, story), detail: '', status: 204, evidence }),
    3,
  )
  expect([probes.made, probes.leaked]).toEqual([6, 6])
})

it('sends one of each if nobody answers: every other one might take its full time', async () => {
  const probes = await probesOf(() => ({ accepted: false, detail: 'no connection' }), null)
  expect([probes.made, probes.leaked]).toEqual([1, 1])
})
