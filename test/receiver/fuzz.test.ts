// @module-tag slow
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  createVerifier,
  staticKeyset,
  type HeaderValue,
  type Rejected,
  type Verification,
} from '../../lib/receiver/index.ts'
import { signCallback } from '../../lib/keyset/signature.ts'
import { TestClock } from '../support/clock.ts'
import { documentOf, NOW, SECONDS, type KeySpec } from './support.ts'

/** FUZZ_PAIRS=1000000 is the long run. */
const PAIRS = Number(process.env['FUZZ_PAIRS'] ?? 100_000)
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_124)

const HOSTS = ['hooks.example.com', 'hooks.example.com:8443', 'xn--mnchen-3ya.example.com']
const KEYS: readonly KeySpec[] = [
  ['pending', 'pendingpendingpendingpendingpend'],
  ['current', 'k|1'],
  ['previous', 'ключ'],
  ['compromised', 'leakedleakedleakedleakedleakedle'],
]
const FOREIGN = {
  hosts: [...HOSTS, 'evil.example.com', ''],
  keys: [...KEYS.map(([, key]) => key), 'never', '', 'K|1'],
}

let state = SEED
/** A whole number below `limit`, from the seed. */
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}

function pick<T>(items: readonly T[]): T {
  return items[below(items.length)]!
}

const STRANGE = [
  '',
  ' ',
  ',',
  '\0',
  '\n',
  '\t',
  '+',
  '-',
  '.',
  'e',
  'x',
  'G',
  'g',
  '/',
  ':',
  '@',
  '`',
  'é',
  'š',
  '٣',
  '😀',
  '\ud800',
]

/** A text that is somewhat like `text`. */
function mutate(text: string): string {
  const at = below(text.length + 1)
  switch (below(9)) {
    case 0:
      return text.slice(0, at) + pick(STRANGE) + text.slice(at)
    case 1:
      return text.slice(0, at) + pick(STRANGE) + text.slice(at + 1)
    case 2:
      return text.slice(0, at)
    case 3:
      return text + text
    case 4:
      return text.toUpperCase()
    case 5:
      return text.slice(0, at) + below(16).toString(16) + text.slice(at + 1)
    case 6:
      return Array.from({ length: below(40) }, () => String.fromCharCode(below(300))).join('')
    case 7:
      return String.fromCharCode(
        ...Array.from(text, (character) => character.charCodeAt(0) ^ (below(20) ? 0 : 32)),
      )
    default:
      return `${text}, ${text}`
  }
}

function asHeader(text: string): HeaderValue {
  switch (below(12)) {
    case 0:
      return [text]
    case 1:
      return [text, text]
    case 2:
      return pick([undefined, null, []])
    default:
      return text
  }
}

function onlyOne(value: HeaderValue): unknown {
  if (typeof value === 'string') return value
  return value?.length === 1 ? value[0] : undefined
}

/** What the pair is worth by the letter of the scheme, computed the plain way. */
function expected(timestamp: HeaderValue, signature: HeaderValue, now: number): string {
  const [time, sign] = [onlyOne(timestamp), onlyOne(signature)]
  if (typeof time !== 'string' || typeof sign !== 'string') return 'rejected'
  if (!/^[1-9][0-9]{0,10}$/.test(time) || !/^[0-9a-fA-F]{32}$/.test(sign)) return 'rejected'
  if (Math.abs(Math.floor(now / 1000) - Number(time)) > 300) return 'rejected'
  const key = KEYS.find(([, value]) =>
    HOSTS.some((host) => signCallback(host, time, value) === sign.toLowerCase()),
  )
  if (key === undefined) return 'rejected'
  return key[0] === 'compromised' ? 'quarantined' : 'accepted'
}

it(`judges ${PAIRS.toLocaleString('en')} pairs of headers exactly as the scheme does`, async () => {
  const verify = createVerifier({
    keyset: staticKeyset(documentOf(KEYS)),
    host: HOSTS,
    clock: new TestClock(NOW),
  })
  const seen: Record<string, number> = { accepted: 0, quarantined: 0, rejected: 0 }
  for (let pair = 0; pair < PAIRS; pair++) {
    const now = NOW + below(1_000)
    const seconds = String(NOW / 1000 + (below(4) ? below(40) - 20 : below(1_300) - 650))
    const genuine = signCallback(pick(FOREIGN.hosts), seconds, pick(FOREIGN.keys))
    const timestamp = asHeader(below(4) ? seconds : mutate(seconds))
    const signature = asHeader(below(3) ? genuine : mutate(genuine))
    const { verdict } = await verify({ timestamp, signature, now })
    seen[verdict] = (seen[verdict] ?? 0) + 1
    if (verdict !== expected(timestamp, signature, now)) {
      expect.fail(`${verdict}: ${JSON.stringify({ timestamp, signature, now, seed: SEED, pair })}`)
    }
  }
  // The pairs were worth something: each verdict was given, and often.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(PAIRS / 100)
}, 600_000)

/** The verifier as JavaScript sees it: it takes anything. */
function verifierOfAnything(): (...given: readonly unknown[]) => Promise<Verification> {
  return createVerifier({
    keyset: staticKeyset(documentOf(KEYS)),
    host: HOSTS,
    clock: new TestClock(NOW),
  }) as (...given: readonly unknown[]) => Promise<Verification>
}

const GENUINE = { timestamp: SECONDS, signature: signCallback('hooks.example.com', SECONDS, 'k|1') }

const anyValue = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
})

it('rejects anything that is not a header, with or without a genuine one, and never throws', async () => {
  const verify = verifierOfAnything()
  const wrong = fc.oneof(
    anyValue,
    anyValue.map((value) => [value]),
    fc.constantFrom(Symbol('no header'), () => '', NaN, -1, Infinity),
    // What would be genuine, if only it were a text.
    fc.constantFrom<unknown>(
      ...[GENUINE.timestamp, GENUINE.signature].flatMap((text): unknown[] => [
        [[text]],
        [text, text],
        { 0: text, length: 1 },
        { join: () => text },
        { toString: () => text },
        Object(text) as unknown,
        new Set([text]),
      ]),
      [Number(SECONDS)],
    ),
  )
  const headers = fc.oneof(
    fc.record({ timestamp: wrong, signature: wrong }, { requiredKeys: [] }),
    wrong.map((signature) => ({ ...GENUINE, signature })),
    wrong.map((timestamp) => ({ ...GENUINE, timestamp })),
    anyValue,
  )
  await fc.assert(
    fc.asyncProperty(headers, async (given) => {
      const { hint = '', ...answer } = (await verify(given)) as Rejected
      expect(answer).toEqual({ verdict: 'rejected', reason: expect.any(String) as string })
      expect(hint).toEqual(expect.any(String))
    }),
    { numRuns: 5_000 },
  )
})

it.each([
  [undefined, 'missing'],
  [null, 'missing'],
  [[], 'missing'],
  [{}, 'malformed'],
  [true, 'malformed'],
  [-1, 'malformed'],
  [[[]], 'malformed'],
  [[5], 'malformed'],
  [['1', 5], 'repeated'],
])('calls the header value %j %s', async (value, fault) => {
  const verify = verifierOfAnything()
  expect((await verify({ ...GENUINE, timestamp: value })).reason).toBe(`${fault}Timestamp`)
  expect((await verify({ ...GENUINE, signature: value })).reason).toBe(`${fault}Signature`)
})

it.each([
  [[], 'undefined'],
  [[undefined], 'undefined'],
  [[null], 'null'],
  [[5], 'number'],
  [[{}], undefined],
])('finds no header in the arguments %j, and says why', async (given, what) => {
  expect(await verifierOfAnything()(...given)).toEqual({
    verdict: 'rejected',
    reason: 'missingTimestamp',
    ...(what !== undefined && { hint: expect.stringContaining(`was given ${what}`) as string }),
  })
})
