// Writes docs/vectors.json: what any implementation of a receiver can be run against. The verdicts stand here, decided
// by hand; only hashes are computed, and not by the library.
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'

/** @param {string} text */
const md5 = (text) => createHash('md5').update(text, 'utf8').digest('hex')
/** @param {string} key */
const kidOf = (key) =>
  createHash('sha256').update(`live-key-rotator/kid/1:${key}`, 'utf8').digest('hex').slice(0, 12)

const NOW = 1_764_000_000
const HOST = 'hooks.example.com'
/** Made up, and in use nowhere. */
const KEYS = {
  pending: 'PendingPendingPendingPendingPend',
  current: 'CurrentCurrentCurrentCurrentCurr',
  previous: 'PreviousPreviousPreviousPrevious',
  older: 'an imported key: ünïcode, 空格 and | too',
  compromised: 'LeakedLeakedLeakedLeakedLeakedLe',
  unknown: 'UnknownUnknownUnknownUnknownUnkn',
}

const at = '2025-11-24T15:00:00.000Z'
const entries = {
  pending: { state: 'pending', createdAt: at, stagedAt: at, request: 'a-request' },
  current: { state: 'current', createdAt: at, stagedAt: at, appliedAt: at },
  previous: { state: 'previous', createdAt: at, stagedAt: at, appliedAt: at, clearedAt: at },
  older: { state: 'previous', clearedAt: null },
  compromised: {
    state: 'compromised',
    createdAt: at,
    compromisedAt: at,
    onRunningStreams: 'quarantine',
    clearedAt: null,
  },
}

/**
 * @param {number} revision
 * @param {(keyof typeof entries)[]} names
 */
const keyset = (revision, ...names) => ({
  format: 'live-keyset/1',
  lineage: '5b0c2f9e41d7',
  group: 'vectors',
  revision,
  ttl: 60_000,
  updatedAt: at,
  keys: names.map((name) => ({ kid: kidOf(KEYS[name]), key: KEYS[name], ...entries[name] })),
  revoked: [{ kid: kidOf(KEYS.unknown), at }],
  aFieldOfANewerVersion: { isToBe: 'ignored' },
})

const keysets = {
  'every state': keyset(7, 'pending', 'current', 'previous', 'older', 'compromised'),
  'one key': keyset(2, 'current'),
  'adopted, nothing rotated yet': keyset(1, 'older'),
  'only a leaked key': keyset(9, 'compromised'),
  'no key': keyset(1),
}

/**
 * @typedef {{ keyset?: keyof typeof keysets, key?: keyof typeof KEYS, host?: string, hosts?: string[], age?: number,
 *   tolerance?: number, timestamp?: string | null, signature?: string | null }} Case
 */

/**
 * @param {string} name
 * @param {string} expected - `accepted`, `quarantined`, or why it is rejected.
 * @param {Case} given
 */
function vector(name, expected, given = {}) {
  const { key = 'current', host = HOST, hosts = [HOST], age = 0, tolerance = 300 } = given
  const timestamp = given.timestamp === undefined ? String(NOW - age) : given.timestamp
  const signature = given.signature === undefined ? md5(`${host}|${timestamp}|${KEYS[key]}`) : given.signature
  const verified = expected === 'accepted' || expected === 'quarantined'
  return {
    name,
    keyset: given.keyset ?? 'every state',
    hosts,
    tolerance,
    now: NOW,
    timestamp,
    signature,
    verdict: verified ? expected : 'rejected',
    ...(verified ? { kid: kidOf(KEYS[key]) } : { reason: expected }),
  }
}

const signature = md5(`${HOST}|${NOW}|${KEYS.current}`)
const verifications = [
  vector('the pending key', 'accepted', { key: 'pending' }),
  vector('the current key', 'accepted'),
  vector('the previous key', 'accepted', { key: 'previous' }),
  vector('an older key, imported, of characters that no key should have', 'accepted', { key: 'older' }),
  vector('a leaked key', 'quarantined', { key: 'compromised' }),
  vector('a key that left the document', 'unknownSignature', { key: 'unknown' }),
  vector('one key in the document', 'accepted', { keyset: 'one key' }),
  vector('a key that this document does not have', 'unknownSignature', {
    keyset: 'one key',
    key: 'previous',
  }),
  vector('the adopted key', 'accepted', { keyset: 'adopted, nothing rotated yet', key: 'older' }),
  vector('only a leaked key in the document', 'quarantined', {
    keyset: 'only a leaked key',
    key: 'compromised',
  }),
  vector('no key in the document', 'unknownSignature', { keyset: 'no key' }),

  vector('upper-case hex', 'accepted', { signature: signature.toUpperCase() }),
  vector('mixed case', 'accepted', { signature: signature.slice(0, 16).toUpperCase() + signature.slice(16) }),
  vector('one digit wrong, the first', 'unknownSignature', {
    signature: (signature.startsWith('0') ? '1' : '0') + signature.slice(1),
  }),
  vector('one digit wrong, the last', 'unknownSignature', {
    signature: signature.slice(0, 31) + (signature.endsWith('0') ? '1' : '0'),
  }),
  vector('31 digits', 'malformedSignature', { signature: signature.slice(1) }),
  vector('33 digits', 'malformedSignature', { signature: `${signature}0` }),
  vector('a letter that is no hex digit', 'malformedSignature', { signature: `g${signature.slice(1)}` }),
  vector('a space before', 'malformedSignature', { signature: ` ${signature}` }),
  vector('a line feed after', 'malformedSignature', { signature: `${signature}\n` }),
  vector('no signature', 'missingSignature', { signature: null }),
  vector('an empty signature', 'missingSignature', { signature: '' }),
  vector('two signatures', 'repeatedSignature', { signature: `${signature}, ${signature}` }),

  vector('as old as allowed', 'accepted', { age: 300 }),
  vector('a second too old', 'tooOld', { age: 301 }),
  vector('as far ahead as allowed', 'accepted', { age: -300 }),
  vector('a second too far ahead', 'tooNew', { age: -301 }),
  vector('a tolerance of its own', 'tooOld', { age: 11, tolerance: 10 }),
  vector('milliseconds', 'malformedTimestamp', { timestamp: String(NOW * 1000) }),
  vector('a sign', 'malformedTimestamp', { timestamp: `+${NOW}` }),
  vector('a fraction', 'malformedTimestamp', { timestamp: `${NOW}.0` }),
  vector('a leading zero', 'malformedTimestamp', { timestamp: `0${NOW}` }),
  vector('a space', 'malformedTimestamp', { timestamp: ` ${NOW}` }),
  vector('a line feed', 'malformedTimestamp', { timestamp: `${NOW}\n` }),
  vector('an exponent', 'malformedTimestamp', { timestamp: '1764e6' }),
  vector('digits of another script', 'malformedTimestamp', { timestamp: '١٧٦٤٠٠٠٠٠٠' }),
  vector('words', 'malformedTimestamp', { timestamp: 'now' }),
  vector('no timestamp', 'missingTimestamp', { timestamp: null }),
  vector('an empty timestamp', 'missingTimestamp', { timestamp: '' }),
  vector('two timestamps', 'repeatedTimestamp', { timestamp: `${NOW}, ${NOW}` }),

  vector('one of several hosts', 'accepted', { hosts: ['other.example.com', HOST] }),
  vector('another host', 'unknownSignature', { host: 'evil.example.com' }),
  vector('a configured port, signed with it', 'accepted', { hosts: [`${HOST}:8443`], host: `${HOST}:8443` }),
  vector('a configured port, signed without it', 'accepted', { hosts: [`${HOST}:8443`] }),
  vector('a port that is not configured', 'unknownSignature', { host: `${HOST}:8443` }),
  vector('upper case in the configuration', 'accepted', { hosts: ['Hooks.Example.com'] }),
]

const document = {
  about:
    'Test vectors for receivers of ApsaraVideo Live snapshot callbacks. See docs/receivers.md. Every key in here is made up.',
  signatures: [
    {
      host: 'learn.aliyundoc.com',
      timestamp: '1519375990',
      key: 'yourkey',
      signature: '9e226fc2c250be266e3657e156f68c12',
    },
    ...Object.values(KEYS).map((key) => ({
      host: HOST,
      timestamp: String(NOW),
      key,
      signature: md5(`${HOST}|${NOW}|${key}`),
    })),
  ],
  kids: ['yourkey', ...Object.values(KEYS)].map((key) => ({ key, kid: kidOf(key) })),
  keysets,
  verifications,
}
const style = await resolveConfig('docs/vectors.json')
await writeFile('docs/vectors.json', await format(JSON.stringify(document), { ...style, parser: 'json' }))
