import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { diagnose, type Captured, type KnownKey } from '../../lib/cli/commands/explain/diagnosis.ts'
import { Key } from '../../lib/keyset/key.ts'
import { signCallback } from '../../lib/keyset/signature.ts'

const HOST = 'hooks.example.com'
const TIME = '1764057600'
const AT = Number(TIME) * 1_000
const [current, previous, leaked, revoked, retired] = Array.from({ length: 5 }, () => Key.generate()) as [
  Key,
  Key,
  Key,
  Key,
  Key,
]
const KEYS: KnownKey[] = [
  { kid: current.kid, key: current, state: 'current' },
  { kid: previous.kid, key: previous, state: 'previous' },
  { kid: leaked.kid, key: leaked, state: 'compromised' },
  { kid: revoked.kid, key: revoked, state: 'revoked' },
  { kid: retired.kid, key: retired, state: 'retired' },
]
const key = current.reveal()
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

const explain = (signature: string, changed: Partial<Captured> = {}) => {
  const { hint, ...found } = diagnose({
    timestamp: TIME,
    signature,
    hosts: [HOST],
    mistakenHosts: ['live1.example.com', 'https://other.example.com/live/snapshot'],
    keys: KEYS,
    receivedAt: AT + 5_000,
    ...changed,
  })
  // In Chinese it says as much.
  if (hint !== null) expect(hint.zh).toMatch(/\p{sc=Han}/u)
  if (hint !== null)
    expect(hint.zh.replace('live-key-rotator reconcile', '')).not.toMatch(/[a-z]{2,}[, ]+[a-z]{2,}/i)
  return { ...found, hint: hint?.en ?? null }
}

describe('a pair that holds', () => {
  it.each([
    ['the current key', current, 'current'],
    ['an older key', previous, 'previous'],
  ])('is accepted under %s', (_, { kid, ...signed }, state) => {
    const found = explain(signCallback(HOST, TIME, KEYS.find((one) => one.kid === kid)?.key.reveal() ?? ''))
    expect(signed).toBeDefined()
    expect(found).toEqual({ verdict: 'accepted', kid, state, host: HOST, ageSeconds: 5, hint: null })
  })

  it('is quarantined under a key that has leaked', () => {
    const found = explain(signCallback(HOST, TIME, leaked.reveal()))
    expect(found).toMatchObject({ verdict: 'quarantined', kid: leaked.kid, state: 'compromised' })
    expect(found.hint).toContain('has leaked')
  })

  it('is accepted in upper case, with a note', () => {
    const found = explain(signCallback(HOST, TIME, key).toUpperCase())
    expect(found).toMatchObject({ verdict: 'accepted', kid: current.kid })
    expect(found.hint).toContain('upper case')
  })

  it.each([
    ['a URL', `https://${HOST}/live/snapshot`],
    ['letters of any case', 'Hooks.Example.com'],
    ['a port', `${HOST}:8443`],
  ])('is accepted with the host given as %s', (_, host) => {
    expect(explain(signCallback(HOST, TIME, key), { hosts: [host] }).verdict).toBe('accepted')
  })

  it('is accepted with the port if the URL has one', () => {
    const hosts = [`https://${HOST}:8443/live`]
    expect(explain(signCallback(`${HOST}:8443`, TIME, key), { hosts })).toMatchObject({
      verdict: 'accepted',
      host: `${HOST}:8443`,
    })
  })
})

describe('one slip', () => {
  const IDN = 'xn--fiq228c.example'
  it.each<[string, string, string, Partial<Captured>?]>([
    ['another host of ours', signCallback('live1.example.com', TIME, key), 'signed for live1.example.com'],
    ['the host of another group', signCallback('other.example.com', TIME, key), 'for other.example.com'],
    ['a port', signCallback(`${HOST}:8443`, TIME, key), 'with the port 8443'],
    ['letters for punycode', signCallback('中文.example', TIME, key), 'own letters', { hosts: [IDN] }],
    ['punycode for letters', signCallback(IDN, TIME, key), 'punycode', { hosts: ['中文.example'] }],
    ['a host in upper case', signCallback(HOST.toUpperCase(), TIME, key), 'in upper case'],
    ['a dot at the end', signCallback(`${HOST}.`, TIME, key), 'a dot at its end'],
    ['a scheme', signCallback(`https://${HOST}`, TIME, key), 'the scheme https://'],
    [
      'a path',
      signCallback(`${HOST}/live/snapshot`, TIME, key),
      'the path is signed along',
      { hosts: [`https://${HOST}/live/snapshot`] },
    ],
    [
      'a whole URL',
      signCallback(`https://${HOST}/live/snapshot`, TIME, key),
      'the whole URL is signed',
      { hosts: [`https://${HOST}/live/snapshot`] },
    ],
    ['no host', signCallback('', TIME, key), 'no host is signed'],
    ['www.', signCallback(`www.${HOST}`, TIME, key), 'with www.'],
    ['milliseconds that are signed', signCallback(HOST, `${TIME}000`, key), 'in milliseconds'],
    [
      'milliseconds in the header',
      signCallback(HOST, `${TIME}123`, key),
      'must be in seconds',
      { timestamp: `${TIME}123` },
    ],
    [
      'milliseconds in the header only',
      signCallback(HOST, TIME, key),
      'the header has milliseconds, and the signature was made with seconds',
      { timestamp: `${TIME}123` },
    ],
    ['a date', signCallback(HOST, '2025-11-25T08:00:00Z', key), 'as a date'],
    ['a wrong order', md5(`${TIME}|${HOST}|${key}`), 'in the order time|host|key'],
    ['another separator', md5(`${HOST}:${TIME}:${key}`), 'joined by a colon'],
    ['no separator', md5(`${HOST}${TIME}${key}`), 'joined by nothing'],
    ['another hash', createHash('sha256').update(`${HOST}|${TIME}|${key}`).digest('hex'), 'SHA256'],
    ['an HMAC', createHmac('md5', key).update(`${HOST}|${TIME}`).digest('hex'), 'HMAC'],
    ['Base64', Buffer.from(signCallback(HOST, TIME, key), 'hex').toString('base64'), 'in Base64'],
    ['a line break at the end of the key', signCallback(HOST, TIME, `${key}\n`), 'the line break'],
    ['a key in quotation marks', signCallback(HOST, TIME, `"${key}"`), 'quotation marks'],
    ['the kid for the key', signCallback(HOST, TIME, current.kid), 'the kid is used'],
  ])('is found: %s', (_, signature, hint, changed) => {
    const found = explain(signature, changed)
    expect(found).toMatchObject({ verdict: 'rejected', kid: current.kid, state: 'current' })
    expect(found.hint).toContain(hint)
    expect(found.hint).not.toContain('besides')
    expect(found.hint).not.toContain(key)
  })

  it.each([
    ['was revoked', revoked, 'revoked'],
    ['has left the keyset', retired, 'retired'],
  ])('is found: a key that %s', (_, old, state) => {
    const found = explain(signCallback(HOST, TIME, old.reveal()))
    expect(found).toMatchObject({ verdict: 'rejected', kid: old.kid, state })
  })

  it('is found: a key that a domain is set to behind the rotator’s back', () => {
    const stranger = Key.of('set by hand in 2019')
    const keys: KnownKey[] = [
      ...KEYS,
      { kid: stranger.kid, key: stranger, state: 'unknown', foundOn: 'live1.example.com' },
    ]
    const { hint } = explain(signCallback(HOST, TIME, stranger.reveal()), { keys })
    expect(hint).toContain('domain live1.example.com is set to')
  })

  it.each([
    ['age', 3_600, '3600 s old'],
    ['a clock that is ahead', -3_600, '3600 s ahead'],
  ])('is found: %s', (_, seconds, hint) => {
    const found = explain(signCallback(HOST, TIME, key), { receivedAt: AT + seconds * 1_000 })
    expect(found).toMatchObject({ verdict: 'rejected', kid: current.kid, host: HOST, ageSeconds: seconds })
    expect(found.hint).toContain(hint)
  })
})

describe('a pair that nothing explains', () => {
  it.each([
    ['a forged signature', 'f'.repeat(32), 'no known key'],
    ['a text that is no MD5', 'abc', 'must have 32 hex digits'],
    ['an empty signature', '', 'empty'],
  ])('is rejected: %s', (_, signature, hint) => {
    const found = explain(signature)
    expect(found).toMatchObject({ verdict: 'rejected', kid: null, state: null, host: null, ageSeconds: 5 })
    expect(found.hint).toContain(hint)
  })

  it('is rejected: two slips at once', () => {
    expect(explain(md5(`${TIME}|live1.example.com|${key}`)).kid).toBeNull()
  })

  it('is rejected: a timestamp that is not a time', () => {
    const found = explain(signCallback(HOST, 'yesterday', key), { timestamp: 'yesterday' })
    expect(found).toMatchObject({ verdict: 'rejected', ageSeconds: null })
    expect(found.hint).toContain('not a Unix time')
  })
})
