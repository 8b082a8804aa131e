// Writes docs/vectors.json, test vectors for any implementation of a receiver. The verdicts here are decided by hand;
// only hashes are computed, and not by the library.
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
/** Made up, and used nowhere. */
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

/** @param {number} depth */
const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth)

/**
 * A document with some of its text replaced.
 *
 * @param {unknown} value
 * @param {...[string | RegExp, string]} changes
 */
function changed(value, ...changes) {
  return changes.reduce((text, [from, to]) => {
    const next = text.replace(from, to)
    if (next === text) throw new Error(`${String(from)} changes nothing`)
    return next
  }, JSON.stringify(value))
}

/**
 * @param {string} name
 * @param {boolean} valid
 * @param {string} text
 */
const text = (name, valid, text) => ({ name, valid, text })
const full = keysets['every state']
const one = keysets['one key']
const extra = '{"isToBe":"ignored"}'
const odd = (/** @type {string} */ key) =>
  changed(one, [KEYS.current, key], [kidOf(KEYS.current), kidOf(key)])

/** Documents that a reader accepts, and documents that must never replace a good one. */
const documents = [
  text('every state', true, JSON.stringify(full)),
  text('no key', true, JSON.stringify(keysets['no key'])),
  text('laid out over lines', true, JSON.stringify(full, null, 2)),
  text('the shortest ttl', true, changed(one, ['"ttl":60000', '"ttl":1000'])),
  text('the longest ttl', true, changed(one, ['"ttl":60000', '"ttl":86400000'])),
  text('the highest revision', true, changed(one, ['"revision":2', '"revision":99999999'])),
  text('a whole number with a fraction of zero', true, changed(one, ['"revision":2', '"revision":2.0'])),
  text('sixteen levels', true, changed(one, [extra, nested(15)])),
  text('brackets in a text', true, changed(one, [extra, JSON.stringify('[{"'.repeat(99))])),
  text('a key of one character', true, odd('k')),
  text('a key of 256 characters', true, odd('k'.repeat(256))),
  text(
    'a key outside the basic plane, escaped',
    true,
    changed(one, [KEYS.current, '\\ud83d\\udd11'], [kidOf(KEYS.current), kidOf('🔑')]),
  ),
  text('a found key', true, changed(full, ['"onRunningStreams"', '"found":true,"onRunningStreams"'])),
  text('a field of another writer', true, changed(one, ['"state":"current"', '"state":"current","a":null'])),

  text('nothing', false, ''),
  text('no JSON', false, 'the secret is not here'),
  text('cut off', false, JSON.stringify(full).slice(0, -1)),
  text('more behind it', false, `${JSON.stringify(one)}]`),
  text('a number that JSON does not know', false, changed(one, [extra, 'NaN'])),
  text('null', false, 'null'),
  text('a list', false, `[${JSON.stringify(one)}]`),
  text('an empty object', false, '{}'),
  text('another format', false, changed(one, ['live-keyset/1', 'live-keyset/2'])),
  text('no lineage', false, changed(one, ['"lineage":"5b0c2f9e41d7",', ''])),
  text('an empty lineage', false, changed(one, ['5b0c2f9e41d7', ''])),
  text('no group', false, changed(one, ['"group":"vectors",', ''])),
  text('a ttl under a second', false, changed(one, ['"ttl":60000', '"ttl":999'])),
  text('a ttl over a day', false, changed(one, ['"ttl":60000', '"ttl":86400001'])),
  text('a ttl that is no whole number', false, changed(one, ['"ttl":60000', '"ttl":60000.5'])),
  text('a ttl that is a text', false, changed(one, ['"ttl":60000', '"ttl":"60000"'])),
  text('a ttl that is true', false, changed(one, ['"ttl":60000', '"ttl":true'])),
  text('revision 0', false, changed(one, ['"revision":2', '"revision":0'])),
  text('a revision too high', false, changed(one, ['"revision":2', '"revision":100000000'])),
  text('a revision beyond all numbers', false, changed(one, ['"revision":2', '"revision":1e999'])),
  text('no revision', false, changed(one, ['"revision":2,', ''])),
  text('no time', false, changed(one, [`"updatedAt":"${at}"`, '"updatedAt":"yesterday"'])),
  text('seventeen levels', false, changed(one, [extra, nested(16)])),
  text('two thousand levels', false, changed(one, [extra, nested(1_999)])),
  text('keys that are no list', false, changed(one, [/"keys":\[.*?\]/, '"keys":{}'])),
  text('an entry that is no object', false, changed(one, [/"keys":\[.*?\]/, '"keys":["key"]'])),
  text('the kid of another key', false, changed(one, [kidOf(KEYS.current), kidOf(KEYS.pending)])),
  text('an unknown state', false, changed(one, ['"current"', '"next"'])),
  text('an empty key', false, odd('')),
  text('a key of 257 characters', false, odd('k'.repeat(257))),
  text('a pending key without stagedAt', false, changed(full, [`"stagedAt":"${at}",`, ''])),
  text('a current key without appliedAt', false, changed(one, [`,"appliedAt":"${at}"`, ''])),
  text('a leaked key without compromisedAt', false, changed(full, [`"compromisedAt":"${at}",`, ''])),
  text('a leaked key and nothing to do', false, changed(full, ['"onRunningStreams":"quarantine",', ''])),
  text('two current keys', false, changed(full, ['"state":"pending"', '"state":"current"'])),
  text(
    'two pending keys',
    false,
    JSON.stringify({ ...full, keys: [full.keys[0], { ...full.keys[1], state: 'pending' }] }),
  ),
  text('a key twice', false, JSON.stringify({ ...full, keys: [...full.keys.slice(0, 3), full.keys[2]] })),
  text('keys out of order', false, JSON.stringify({ ...full, keys: full.keys.toReversed() })),
  text('no revoked', false, changed(one, [/"revoked":\[.*?\],/, ''])),
  text('a revoked kid that is none', false, changed(one, [kidOf(KEYS.unknown), 'a key'])),
  text('a revoked key among the keys', false, changed(one, [kidOf(KEYS.unknown), kidOf(KEYS.current)])),
]

const OLD = 'aaaaaaaaaaaa'
const NEW = 'bbbbbbbbbbbb'
const MINUTE = 60_000
const DAY = 86_400_000

/**
 * @typedef {object} Step
 * @property {number} at - Milliseconds since the beginning, by the clock and by the ticks.
 * @property {string} [begin] - A read begins, under this name.
 * @property {string} [end] - The read with this name ends.
 * @property {{ lineage: string, revision: number, ttl: number }} [brings] - What it read; without it, the read failed.
 * @property {'signature' | 'probe'} [unknown] - An unknown signature or probe arrives.
 * @property {boolean} [reads] - Whether that causes a read.
 * @property {number} [waits] - Instead: in how many milliseconds the read that it waits for begins, whatever the cooldown.
 * @property {object} [expect] - What holds at this moment.
 */

/** @param {string} lineage @param {number} revision @param {number} [ttl] */
const brings = (lineage, revision, ttl = MINUTE) => ({ lineage, revision, ttl })
/**
 * @param {number} at
 * @param {string | null} now - What is used without waiting.
 * @param {string | null} last - What is used if a read does not help.
 * @param {boolean} fresh
 */
const expect = (at, now, last, fresh) => ({ at, expect: { now, last, fresh } })
/** @param {number} at @param {'signature' | 'probe'} unknown @param {boolean} reads */
const unknown = (at, unknown, reads) => ({ at, unknown, reads })

/** @param {number} at @param {'signature' | 'probe'} unknown @param {number} waits */
const waiting = (at, unknown, waits) => ({ at, unknown, waits })

/** How a cache keeps its laws, whatever reads do. Chance is 0.5 throughout: 65 % of a ttl, 75 % of a pause. */
const histories = [
  {
    name: 'a keyset is fresh for its ttl, from the beginning of its read, and is read again before',
    steps: [
      expect(0, null, null, false),
      { at: 0, begin: 'a' },
      { at: 1_000, end: 'a', brings: brings(OLD, 7), nextReadIn: 38_000 },
      expect(1_000, `${OLD}@7`, `${OLD}@7`, true),
      expect(59_999, `${OLD}@7`, `${OLD}@7`, true),
      expect(60_000, null, `${OLD}@7`, false),
      { at: 60_000, begin: 'b' },
      { at: 60_500, end: 'b', brings: brings(OLD, 8), nextReadIn: 38_500 },
      expect(60_500, `${OLD}@8`, `${OLD}@8`, true),
    ],
  },
  {
    name: 'a ttl of the options can only shorten that of the document',
    options: { ttl: 10_000 },
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7), nextReadIn: 6_500 },
      expect(9_999, `${OLD}@7`, `${OLD}@7`, true),
      { at: 10_000, begin: 'b' },
      { at: 10_000, end: 'b', brings: brings(OLD, 8, 2_000), nextReadIn: 1_300 },
      expect(12_000, null, `${OLD}@8`, false),
    ],
  },
  {
    name: 'while reads fail the last good keyset is used, with growing pauses, until maxStale ends it',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7) },
      { at: 59_000, begin: 'b' },
      { at: 59_000, end: 'b', nextReadIn: 375 },
      expect(60_000, `${OLD}@7`, `${OLD}@7`, false),
      { at: 60_000, begin: 'c' },
      { at: 60_000, end: 'c', nextReadIn: 750 },
      { at: 61_000, begin: 'd' },
      { at: 61_000, end: 'd', nextReadIn: 1_500 },
      ...[3, 4, 5, 6, 7, 8].flatMap((failure, index) => [
        { at: 70_000 + index, begin: `e${failure}` },
        { at: 70_000 + index, end: `e${failure}`, nextReadIn: Math.min(30_000, 500 * 2 ** failure) * 0.75 },
      ]),
      // A try that never comes, in a process that was frozen, is waited for.
      expect(70_005 + 22_500 + 6_000 - 1, `${OLD}@7`, `${OLD}@7`, false),
      expect(70_005 + 22_500 + 6_000, null, `${OLD}@7`, false),
      { at: MINUTE + DAY - 1, begin: 'z' },
      { at: MINUTE + DAY - 1, end: 'z' },
      expect(MINUTE + DAY - 1, `${OLD}@7`, `${OLD}@7`, false),
      expect(MINUTE + DAY, null, null, false),
    ],
  },
  {
    name: 'a success ends the pauses',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', nextReadIn: 375 },
      expect(0, null, null, false),
      { at: 400, begin: 'b' },
      { at: 400, end: 'b', nextReadIn: 750 },
      { at: 2_000, begin: 'c' },
      { at: 2_000, end: 'c', brings: brings(OLD, 7), nextReadIn: 39_000 },
      { at: 41_000, begin: 'd' },
      { at: 41_000, end: 'd', nextReadIn: 375 },
      expect(41_000, `${OLD}@7`, `${OLD}@7`, true),
    ],
  },
  {
    name: 'pauses never exceed the ttl, and no callback waits for one',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7, 2_000) },
      ...[375, 750, 1_500, 1_500, 1_500].flatMap((nextReadIn, failure) => {
        const at = 1_500 + failure * 4_000
        return [
          { at, begin: `b${failure}` },
          { at: at + 3_000, end: `b${failure}`, nextReadIn },
          // The pause, and the read after it until it has timed out.
          expect(at + 3_000 + nextReadIn + 2_999, `${OLD}@7`, `${OLD}@7`, false),
        ]
      }),
      { at: 30_000, begin: 'c' },
      { at: 30_000, end: 'c', brings: brings(OLD, 8, 2_000), nextReadIn: 1_300 },
      expect(30_000, `${OLD}@8`, `${OLD}@8`, true),
    ],
  },
  {
    name: 'without a keyset the pauses grow to 30 s',
    steps: [375, 750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500].flatMap((nextReadIn, failure) => [
      { at: failure * MINUTE, begin: `a${failure}` },
      { at: failure * MINUTE, end: `a${failure}`, nextReadIn },
      expect(failure * MINUTE, null, null, false),
    ]),
  },
  {
    name: 'an older revision of the same lineage never replaces a newer one, but tells that it is the newest',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7) },
      { at: 50_000, begin: 'b' },
      { at: 50_000, end: 'b', brings: brings(OLD, 6, 5_000), nextReadIn: 39_000 },
      expect(109_999, `${OLD}@7`, `${OLD}@7`, true),
      expect(110_000, null, `${OLD}@7`, false),
    ],
  },
  {
    name: 'reads that end in another order than they began',
    steps: [
      { at: 0, begin: 'first' },
      { at: 1_000, begin: 'second' },
      { at: 2_000, end: 'second', brings: brings(OLD, 8) },
      { at: 30_000, end: 'first', brings: brings(OLD, 7) },
      expect(30_000, `${OLD}@8`, `${OLD}@8`, true),
      // The time counts from the beginning of the latest read that ended.
      expect(60_999, `${OLD}@8`, `${OLD}@8`, true),
      expect(61_000, null, `${OLD}@8`, false),
    ],
  },
  {
    name: 'what a read that was given up still brings counts, and its failure after a later success does not',
    steps: [
      { at: 0, begin: 'first' },
      { at: 100, begin: 'second' },
      { at: 200, end: 'second', brings: brings(OLD, 7) },
      { at: 300, end: 'first' },
      expect(300, `${OLD}@7`, `${OLD}@7`, true),
      { at: 20_000, begin: 'third' },
      { at: 21_000, begin: 'fourth' },
      { at: 22_000, end: 'fourth', brings: brings(OLD, 8) },
      { at: 23_000, end: 'third', brings: brings(OLD, 9) },
      expect(23_000, `${OLD}@9`, `${OLD}@9`, true),
    ],
  },
  {
    name: 'another lineage is taken over, whatever its revision, from a later read only',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7) },
      { at: 1_000, begin: 'slow' },
      { at: 2_000, begin: 'b' },
      { at: 3_000, end: 'b', brings: brings(NEW, 1) },
      expect(3_000, `${NEW}@1`, `${NEW}@1`, true),
      { at: 4_000, end: 'slow', brings: brings(OLD, 9) },
      expect(4_000, `${NEW}@1`, `${NEW}@1`, true),
    ],
  },
  {
    name: 'a jump of more than 1,000 revisions is refused while the keyset in use is usable, and only then',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7) },
      { at: 10_000, begin: 'b' },
      { at: 10_000, end: 'b', brings: brings(OLD, 1_008), nextReadIn: 375 },
      expect(10_000, `${OLD}@7`, `${OLD}@7`, true),
      { at: 11_000, begin: 'c' },
      { at: 11_000, end: 'c', brings: brings(OLD, 1_007), nextReadIn: 39_000 },
      expect(11_000, `${OLD}@1007`, `${OLD}@1007`, true),
      { at: 12_000, begin: 'd' },
      { at: 12_000, end: 'd', brings: brings(NEW, 5_000), nextReadIn: 375 },
      expect(12_000, `${OLD}@1007`, `${OLD}@1007`, true),
      { at: 13_000, begin: 'e' },
      { at: 13_000, end: 'e', brings: brings(NEW, 1_008) },
      expect(13_000, `${NEW}@1008`, `${NEW}@1008`, true),
      { at: 13_000 + MINUTE + DAY, begin: 'f' },
      { at: 13_000 + MINUTE + DAY, end: 'f', brings: brings(NEW, 90_000) },
      expect(13_000 + MINUTE + DAY, `${NEW}@90000`, `${NEW}@90000`, true),
    ],
  },
  {
    name: 'unknown signatures are a reason to read once a cooldown; probes have one of their own',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7) },
      unknown(1_000, 'signature', true),
      unknown(1_001, 'signature', false),
      unknown(1_001, 'probe', true),
      unknown(1_002, 'probe', false),
      unknown(3_000, 'probe', false),
      unknown(3_001, 'probe', true),
      unknown(10_999, 'signature', false),
      unknown(11_000, 'signature', true),
    ],
  },
  {
    name: 'while reads fail and the ttl has passed, an unknown signature waits for the next read, whatever the cooldown',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7, 5_000) },
      unknown(0, 'signature', true),
      { at: 4_900, begin: 'b' },
      { at: 4_900, end: 'b', nextReadIn: 375 },
      // Fresh still: the cooldown decides.
      unknown(4_999, 'signature', false),
      waiting(5_000, 'signature', 400),
      { at: 5_400, begin: 'c' },
      { at: 5_400, end: 'c', brings: brings(OLD, 8, 5_000) },
      expect(5_400, `${OLD}@8`, `${OLD}@8`, true),
      unknown(5_400, 'signature', false),
    ],
  },
  {
    name: 'a keyset that has been stale for long is read at once',
    steps: [
      { at: 0, begin: 'a' },
      { at: 0, end: 'a', brings: brings(OLD, 7) },
      { at: 59_000, begin: 'b' },
      { at: 59_000, end: 'b' },
      { at: MINUTE, begin: 'c' },
      { at: MINUTE + 3_000, end: 'c' },
      waiting(MINUTE + 3_500, 'probe', 0),
    ],
  },
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
  documents,
  histories,
}
const style = await resolveConfig('docs/vectors.json')
await writeFile('docs/vectors.json', await format(JSON.stringify(document), { ...style, parser: 'json' }))
