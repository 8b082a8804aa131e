import { describe, expect, it, vi } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import {
  createVerifier,
  staticKeyset,
  type HeaderValue,
  type HookContext,
  type KeysetSource,
  type RequestHeaders,
  type VerifierOptions,
} from '../../lib/receiver/index.ts'
import { fakeKeyset } from '../../lib/receiver/testing.ts'
import { TestClock } from '../support/clock.ts'
import { documentOf, HOST, kid, NOW, SECONDS, signed } from './support.ts'

const clock = new TestClock(NOW)
const PENDING = 'pendingpendingpendingpendingpend'
const CURRENT = 'currentcurrentcurrentcurrentcurr'
const OLD = 'a | strange, imported key ünïcode'
const LEAKED = 'leakedleakedleakedleakedleakedle'

const everyState = documentOf([
  ['pending', PENDING],
  ['current', CURRENT],
  ['previous', OLD],
  ['compromised', LEAKED],
])

function verifier(options: Partial<VerifierOptions> = {}) {
  return createVerifier({ keyset: staticKeyset(everyState), host: HOST, clock, ...options })
}

describe('createVerifier', () => {
  it('accepts the official example', async () => {
    const verify = createVerifier({
      keyset: staticKeyset(documentOf([['current', 'yourkey']])),
      host: 'learn.aliyundoc.com',
    })
    const headers = { timestamp: '1519375990', signature: '9e226fc2c250be266e3657e156f68c12' }
    const accepted = { verdict: 'accepted', kid: kid('yourkey'), state: 'current' }
    for (const now of [1519375990, 1519375990_000, new Date(1519375990_000)]) {
      expect(await verify({ ...headers, now })).toEqual(accepted)
    }
    expect(await verify.verify({ ...headers, now: 1519375990 })).toEqual(accepted)
    expect(await verify(headers)).toEqual({ verdict: 'rejected', reason: 'tooOld' })
  })

  it.each([
    [PENDING, 'accepted', 'pending'],
    [CURRENT, 'accepted', 'current'],
    [OLD, 'accepted', 'previous'],
    [LEAKED, 'quarantined', 'compromised'],
  ] as const)('reports the state of the key (%#)', async (key, verdict, state) => {
    expect(await verifier()(signed(key))).toEqual({ verdict, kid: kid(key), state })
  })

  it('rejects a key that is not in the keyset', async () => {
    const answer = await verifier()(signed('never published'))
    expect(answer).toEqual({ verdict: 'rejected', reason: 'unknownSignature' })
  })

  it('accepts hex digits of any case', async () => {
    const { timestamp, signature } = signed(CURRENT)
    expect(await verifier()({ timestamp, signature: signature.toUpperCase() })).toMatchObject({
      verdict: 'accepted',
    })
  })

  it.each([
    [{ timestamp: undefined }, 'missingTimestamp'],
    [{ timestamp: '' }, 'missingTimestamp'],
    [{ timestamp: [] }, 'missingTimestamp'],
    [{ timestamp: [SECONDS, SECONDS] }, 'repeatedTimestamp'],
    [{ timestamp: `${SECONDS}, ${SECONDS}` }, 'repeatedTimestamp'],
    ...[`${SECONDS}000`, `+${SECONDS}`, `-${SECONDS}`, ` ${SECONDS}`, `${SECONDS}\n`, `${SECONDS}.0`].map(
      (timestamp) => [{ timestamp }, 'malformedTimestamp'] as const,
    ),
    ...['1e9', '0x6564', '00001795507200', '١٧٩٥٥٠٧٢٠٠', 'NaN', 'Infinity', '0'].map(
      (timestamp) => [{ timestamp }, 'malformedTimestamp'] as const,
    ),
    [{ signature: undefined }, 'missingSignature'],
    [{ signature: null }, 'missingSignature'],
    [{ signature: 'a'.repeat(31) }, 'malformedSignature'],
    [{ signature: 'a'.repeat(33) }, 'malformedSignature'],
    [{ signature: `${'a'.repeat(31)}g` }, 'malformedSignature'],
    [{ signature: `${'a'.repeat(31)}\u0010` }, 'malformedSignature'],
    [{ signature: `${'a'.repeat(31)}š` }, 'malformedSignature'],
    [{ signature: `${'a'.repeat(32)}, ${'a'.repeat(32)}` }, 'repeatedSignature'],
    [{ signature: ['a'.repeat(32), 'a'.repeat(32)] }, 'repeatedSignature'],
    [{ now: NaN }, 'tooOld'],
    [{ now: new Date('never') }, 'tooOld'],
  ] as const)('says what is wrong with the headers: %j', async (wrong, reason) => {
    expect(await verifier()({ ...signed(CURRENT), ...wrong })).toEqual({ verdict: 'rejected', reason })
  })

  it('accepts a timestamp as a number, and a header as a list of one', async () => {
    const { timestamp, signature } = signed(CURRENT)
    const answer = await verifier()({ timestamp: Number(timestamp), signature: [signature] })
    expect(answer.verdict).toBe('accepted')
  })

  it.each([
    [-300_000, 'accepted'],
    [-301_000, 'tooNew'],
    [300_999, 'accepted'],
    [301_000, 'tooOld'],
  ])('respects the tolerance: %i ms after the timestamp', async (offset, expected) => {
    const answer = await verifier()({ ...signed(CURRENT), now: NOW + offset })
    expect(answer.reason ?? answer.verdict).toBe(expected)
  })

  it('respects its own tolerance', async () => {
    const verify = verifier({ tolerance: 10 })
    expect((await verify({ ...signed(CURRENT), now: NOW + 10_000 })).verdict).toBe('accepted')
    expect((await verify({ ...signed(CURRENT), now: NOW + 11_000 })).verdict).toBe('rejected')
  })

  it.each([
    [['a.example.com', 'b.example.com'], 'b.example.com', true],
    ['a.example.com:8443', 'a.example.com:8443', true],
    ['a.example.com:8443', 'a.example.com', true],
    ['A.Example.com', 'a.example.com', true],
    ['A.Example.com', 'A.Example.com', true],
    ['[::1]:8443', '[::1]', true],
    ['a.example.com', 'a.example.com:8443', false],
    ['a.example.com', 'b.example.com', false],
  ])('configured with %j, accepts the host %s: %s', async (host, signedHost, accepted) => {
    const answer = await verifier({ host })(signed(CURRENT, signedHost))
    expect(answer.verdict).toBe(accepted ? 'accepted' : 'rejected')
  })

  it('calls the hooks, with probes marked', async () => {
    const onVerified = vi.fn()
    const onRejected = vi.fn()
    const verify = verifier({ onVerified, onRejected })
    await verify(signed(CURRENT))
    await verify(signed(LEAKED), { probe: true })
    await verify(signed('never published'))
    expect(onVerified.mock.calls).toEqual([
      [{ verdict: 'accepted', kid: kid(CURRENT), state: 'current' }, { probe: false }],
      [{ verdict: 'quarantined', kid: kid(LEAKED), state: 'compromised' }, { probe: true }],
    ])
    expect(onRejected.mock.calls).toEqual([
      [{ verdict: 'rejected', reason: 'unknownSignature' }, { probe: false }],
    ])
  })

  it('does not lose a callback if a hook throws', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const broken = [() => Promise.reject(new Error('later')), () => expect.unreachable()]
    for (const onVerified of broken) {
      expect((await verifier({ onVerified })(signed(CURRENT))).verdict).toBe('accepted')
    }
    await Promise.resolve()
    expect(warned).toHaveBeenCalledTimes(2)
  })

  it.each([
    { host: [] },
    { host: '' },
    { host: 'https://a.example.com' },
    { host: 'a.example.com/path' },
    { host: 'a|b' },
    { host: '::1' },
    { host: '*.example.com' },
    { host: '"a.example.com"' },
    { host: '(none)' },
    { host: 'a.example.com;b.example.com' },
    { host: 'a.example.com,b.example.com' },
    { host: 'a..example.com' },
    { host: 'a.example.com:0' },
    { host: 'a.example.com:70000' },
    { host: '1.2.3.999' },
    { host: 'ünïcode.example.com' },
    { tolerance: -1 },
    { tolerance: NaN },
    { tolerance: 300_000 },
    { keyset: everyState as never },
  ])('refuses wrong options: %j', (options) => {
    expect(() => verifier(options)).toThrow(TypeError)
  })

  it.each([
    ['an unknown option', { tolerence: 300 }, 'tolerence'],
    ['another unknown option', { hosts: HOST }, 'hosts'],
    ['a hook that is no function', { onVerified: true }, 'onVerified'],
    ['another hook that is no function', { onRejected: 'log' }, 'onRejected'],
    ['a hook that is null', { onUnavailable: null }, 'onUnavailable'],
  ])('refuses %s by name', (_, options, name) => {
    expect(() => verifier(options as never)).toThrow(TypeError)
    expect(() => verifier(options as never)).toThrow(`"${name}"`)
  })
})

describe('verify, given all headers of a request', () => {
  const { timestamp, signature } = signed(CURRENT)
  const accepted = { verdict: 'accepted', kid: kid(CURRENT), state: 'current' }

  it.each<[string, RequestHeaders]>([
    ["Node's", { host: 'x', 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }],
    ['those of an event', { 'Ali-Live-Timestamp': timestamp, 'ALI-LIVE-SIGNATURE': signature }],
    ['lists of one', { 'ali-live-timestamp': [timestamp], 'ali-live-signature': [signature] }],
    ['Headers', new Headers({ 'Ali-Live-Timestamp': timestamp, 'Ali-Live-Signature': signature })],
    [
      'a Map',
      new Map([...Object.entries({ 'ali-live-timestamp': timestamp, 'ali-live-signature': signature })]),
    ],
    [
      'headers of the same short names beside them',
      {
        timestamp: '0',
        signature: 'sig1=:x:',
        'ali-live-timestamp': timestamp,
        'ali-live-signature': signature,
      },
    ],
  ])('finds the two among them: %s', async (_, headers) => {
    expect(await verifier()(headers)).toEqual(accepted)
  })

  it.each<[RequestHeaders, string]>([
    [{ 'ali-live-timestamp': timestamp }, 'missingSignature'],
    [{ 'ali-live-signature': signature }, 'missingTimestamp'],
    [
      { 'ali-live-timestamp': timestamp, 'Ali-Live-Timestamp': timestamp, 'ali-live-signature': signature },
      'repeatedTimestamp',
    ],
    [
      { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature, 'ALI-Live-signature': signature },
      'repeatedSignature',
    ],
    [
      { 'ali-live-timestamp': `${timestamp}, ${timestamp}`, 'ali-live-signature': signature },
      'repeatedTimestamp',
    ],
    [{}, 'missingTimestamp'],
    [new Headers(), 'missingTimestamp'],
  ])('says what is wrong with the headers: %j', async (headers, reason) => {
    expect(await verifier()(headers)).toEqual({ verdict: 'rejected', reason })
  })

  it.each([
    [{ headers: { 'ali-live-timestamp': timestamp } }, 'request.headers'],
    [Promise.resolve(new Headers()), 'await'],
    [['ali-live-timestamp', timestamp], 'list'],
    ['ali-live-timestamp', 'string'],
    [undefined, 'undefined'],
    [{ HTTP_ALI_LIVE_TIMESTAMP: timestamp, HTTP_ALI_LIVE_SIGNATURE: signature }, 'HTTP_ALI_LIVE_TIMESTAMP'],
    [{ aliLiveTimestamp: timestamp }, 'aliLiveTimestamp'],
    [{ ALI_LIVE_TIMESTAMP: timestamp }, 'ALI_LIVE_TIMESTAMP'],
  ])('suggests what was meant (%#)', async (given, hint) => {
    const answer = await verifier()(given as never)
    expect(answer).toMatchObject({ reason: 'missingTimestamp' })
    expect(answer).toHaveProperty('hint', expect.stringContaining(hint))
    expect(JSON.stringify(answer)).not.toContain(timestamp)
  })

  it.each<[string, HeaderValue, boolean]>([
    ['one', '1', true],
    ['two, joined', '1, 1', true],
    ['two, as a list', ['1', '1'], true],
    ['two that differ', '0, 1', true],
    ['an empty one', '', false],
    ['another value', '0', false],
    ['none', undefined, false],
    ['an empty list', [], false],
  ])('recognises a probe by its mark: %s', async (_, mark, probe) => {
    const probes: boolean[] = []
    const onVerified = (__: unknown, context: HookContext): unknown => probes.push(context.probe)
    const headers = { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }
    const verify = verifier({ onVerified })
    await verify({ ...headers, 'x-live-key-probe': mark })
    await verify({ ...headers, 'X-Live-Key-Probe': mark })
    expect(probes).toEqual([probe, probe])
  })
})

describe('the hooks', () => {
  it('get the request', async () => {
    const told: unknown[] = []
    const hook = (_: unknown, { request }: HookContext): unknown => told.push(request)
    const down = fakeKeyset(everyState)
    const verify = verifier({ keyset: down, onVerified: hook, onRejected: hook, onUnavailable: hook })
    const request = { url: '/live' }
    await verify(signed(CURRENT), { request })
    await verify(signed('never published'), { request })
    down.goDown()
    await expect(verify(signed(CURRENT), { request })).rejects.toMatchObject({ code: 'unavailable' })
    expect(told).toEqual([request, request, request])
  })

  it.each(['unavailable', 'denied', 'badCredentials', 'keyset'] as const)(
    'learn that there is no keyset: %s',
    async (code) => {
      const cause = new RotatorError(code, 'why')
      const keyset: KeysetSource = {
        ...staticKeyset(everyState),
        peek: () => undefined,
        load: () => Promise.reject(cause),
      }
      const onUnavailable = vi.fn()
      const onRejected = vi.fn()
      const verify = verifier({ keyset, onUnavailable, onRejected })
      const thrown: unknown = await verify(signed(CURRENT), { probe: true }).catch((error: unknown) => error)
      expect(thrown).toMatchObject({ code: 'unavailable', ...(code !== 'unavailable' && { cause }) })
      expect(onUnavailable).toHaveBeenCalledExactlyOnceWith(thrown, { probe: true, request: undefined })
      expect(onRejected).not.toHaveBeenCalled()
    },
  )

  it('do not hide errors of a broken source', async () => {
    const broken = new TypeError('a fault of the source')
    const keyset: KeysetSource = {
      ...staticKeyset(everyState),
      peek: () => undefined,
      load: () => Promise.reject(broken),
    }
    await expect(verifier({ keyset })(signed(CURRENT))).rejects.toBe(broken)
  })
})
