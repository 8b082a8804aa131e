import { currentKey, pendingKey, targetKey } from '../lib/keyset/keyset.ts'
import { MINUTE, type ModelProcess } from '../test/support/model-cloud.ts'
import { seeded } from '../test/support/seeded.ts'
import type { Story } from '../test/support/story.ts'
import { beginStory, CRASH_STORIES, type CrashStory } from './crash-stories.ts'
import { count, none, type Part, type Row } from './part.ts'

/** At a call: dead before its effect, dead after it, or alive without an answer. */
const WAYS = ['before', 'after', 'answer lost'] as const

interface Crash {
  readonly at: number
  readonly way: (typeof WAYS)[number]
}

interface Told {
  readonly broken: string[]
  /** The calls of the last run, which did not crash. */
  readonly calls: number
}

const TRIPLES_EACH = 250

export const crash: Part = {
  name: 'crash',
  title: 'Killed at every call, up to three times in a row',
  about:
    'Runs on a model of KMS, Live and the most forgetful receivers that the contract allows. A run dies before a ' +
    'call, dies after the call took effect, or survives but gets no answer; so may the run that resumes it, and the ' +
    'one after that. Every single point and every pair of points is tried, and a seeded sample of triples. A ' +
    'reconcile follows, and another a minute later. By then no genuine callback may have been refused, no key may be ' +
    'pending, every domain must be on the current key, no staged key may have been abandoned, and no stream may have ' +
    'been cut twice.',
  run: async ({ slice }) => {
    const rows: Row[] = []
    const random = seeded(7)
    for (const [name, story] of Object.entries(CRASH_STORIES)) {
      const whole = await explore(story, [[]])
      const first = await explore(story, whole.next)
      const pairs = slice ? sample(first.next, 8, random) : first.next
      const second = await explore(story, pairs)
      const triples = sample(second.next, slice ? 4 : TRIPLES_EACH, random)
      const third = await explore(story, triples, true)
      const all = [whole, first, second, third]
      const sizes = `${count(first.cases)} points, ${count(second.cases)} pairs, ${count(third.cases)} triples`
      const broken = all.flatMap((explored) => explored.broken)
      rows.push(none(`${name} (${sizes})`, first.cases + second.cases + third.cases + 1, broken))
    }
    return rows
  },
}

interface Explored {
  readonly broken: string[]
  readonly cases: number
  /** Extends each of the histories by one more crash. */
  readonly next: (readonly Crash[])[]
}

async function explore(
  story: CrashStory,
  histories: readonly (readonly Crash[])[],
  isLast = false,
): Promise<Explored> {
  const broken: string[] = []
  const next: (readonly Crash[])[] = []
  for (const history of histories) {
    const told = await tell(story, history)
    broken.push(...told.broken)
    if (isLast) continue
    for (let at = 1; at <= told.calls; at++) {
      for (const way of WAYS) next.push([...history, { at, way }])
    }
  }
  return { broken, cases: histories.length, next }
}

/** One story: the request, its crashes, and what finishes it. */
async function tell({ before, request, rejects }: CrashStory, crashes: readonly Crash[]): Promise<Told> {
  const story = beginStory()
  await before(story)
  const { cloud, clock } = story
  if (rejects) for (const kid of kidsOf(story)) cloud.mayBeRefused.add(kid)
  if (rejects) for (const { key } of cloud.domains.values()) cloud.mayBeRefused.add(key?.kid ?? '')
  const known = new Set(kidsOf(story))

  for (const crash of crashes) {
    await story.go(request, crashing(story, crash))
    await clock.advance(MINUTE)
  }
  const staged = kidsOf(story).filter((kid) => !known.has(kid))
  const last = cloud.process()
  await story.go(request, last)
  await clock.advance(MINUTE)
  await story.go({ action: 'reconcile' })
  await clock.advance(MINUTE)
  const { outcome } = await story.go({ action: 'reconcile' })

  const at = crashes.map((crash) => `${crash.at} ${crash.way}`).join(', then ') || 'no crash'
  const broken = cloud.refusals.map((refusal) => `at ${at}: ${refusal}`)
  const wrong = (what: string): unknown => broken.push(`at ${at}: ${what}`)
  if (outcome !== 'reconciled') wrong(`the last reconcile ended as ${outcome}`)
  const { keyset } = story
  if (pendingKey(keyset)) wrong('a key is still pending')
  const current = currentKey(keyset)?.kid
  if (story.kidsOnDomains().some((kid) => kid !== current)) wrong('a domain is not on the current key')
  const cameAfter = kidsOf(story).filter((kid) => !known.has(kid))
  if (staged.length > 0 && cameAfter.length > staged.length) wrong('a staged key was abandoned')
  if (new Set(story.cuts()).size < story.cuts().length) wrong('a stream was cut twice')
  return { broken, calls: last.steps }
}

function crashing({ cloud }: Story, { at, way }: Crash): ModelProcess {
  if (way !== 'answer lost') return cloud.process({ killAt: at, killAfterEffect: way === 'after' })
  const process = cloud.process()
  process.answerLostAt = at
  return process
}

/** The kids that were ever to be set. */
function kidsOf({ cloud }: Story): string[] {
  const kids = cloud.documents.map(({ keyset }) => targetKey(keyset)?.kid)
  return [...new Set(kids.filter((kid) => kid !== undefined))]
}

function sample<T>(all: readonly T[], size: number, random: () => number): readonly T[] {
  if (all.length <= size) return all
  return Array.from({ length: size }, () => all[Math.floor(random() * all.length)]).filter(
    (one) => one !== undefined,
  )
}
