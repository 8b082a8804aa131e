import { describe, expect, it, vi } from 'vitest'
import { createVerifier, staticKeyset, type VerifierOptions } from '../../lib/receiver/index.ts'
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
  ] as const)('tells the state of the key (%#)', async (key, verdict, state) => {
    expect(await verifier()(signed(key))).toEqual({ verdict, kid: kid(key), state })
  })

  it('rejects a key that is not in the keyset', async () => {
    const answer = await verifier()(signed('never published'))
    expect(answer).toEqual({ verdict: 'rejected', reason: 'unknownSignature' })
  })

  it('takes hex digits of any case', async () => {
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

  it('takes a timestamp as a number, and a header as a list of one', async () => {
    const { timestamp, signature } = signed(CURRENT)
    const answer = await verifier()({ timestamp: Number(timestamp), signature: [signature] })
    expect(answer.verdict).toBe('accepted')
  })

  it.each([
    [-300_000, 'accepted'],
    [-301_000, 'tooNew'],
    [300_999, 'accepted'],
    [301_000, 'tooOld'],
  ])('keeps to the tolerance: %i ms after the timestamp', async (offset, expected) => {
    const answer = await verifier()({ ...signed(CURRENT), now: NOW + offset })
    expect(answer.reason ?? answer.verdict).toBe(expected)
  })

  it('keeps to a tolerance of its own', async () => {
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
  ])('configured with %j, takes the host %s: %s', async (host, signedHost, accepted) => {
    const answer = await verifier({ host })(signed(CURRENT, signedHost))
    expect(answer.verdict).toBe(accepted ? 'accepted' : 'rejected')
  })

  it('tells the hooks, probes apart', async () => {
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

  it('does not lose a callback to a hook that throws', async () => {
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
    { tolerance: -1 },
    { tolerance: NaN },
    { tolerance: 300_000 },
    { keyset: everyState as never },
  ])('refuses wrong options: %j', (options) => {
    expect(() => verifier(options)).toThrow(TypeError)
  })
})
