import type { Key } from '../../../keyset/key.ts'
import type { KeyState } from '../../../keyset/keyset.ts'
import { joined, say, type Said } from '../../words/said.ts'
import { RECIPES, type Recipe } from './recipes.ts'
import {
  hostOf,
  hostSpellings,
  keySpellings,
  timeSpellings,
  urlSpellings,
  type Spelling,
} from './spellings.ts'

/** How far from now a receiver accepts a timestamp, in seconds, in both directions. */
const TOLERANCE_SECONDS = 300

const NO_TIME = say('the timestamp is not a Unix time in seconds', '时间戳不是以秒为单位的 Unix 时间')
/** An MD5 in Base64. */
const BASE64 = /^[A-Za-z0-9+/]{22}==$/

/** A key that a callback may be signed with. `revoked` and `retired` keys have left the keyset. */
export interface KnownKey {
  readonly kid: string
  readonly key: Key
  readonly state: KeyState | 'revoked' | 'retired' | 'unknown'
  /** Where an unknown key was found: on a domain. */
  readonly foundOn?: string
}

export interface Captured {
  /** `ALI-LIVE-TIMESTAMP` as it was received. */
  readonly timestamp: string
  /** `ALI-LIVE-SIGNATURE` as it was received. */
  readonly signature: string
  /** The hosts, or URLs, that callbacks are meant to be signed for. */
  readonly hosts: readonly string[]
  /** What is often mistaken for the host: names of domains, callback URLs of other groups. */
  readonly mistakenHosts: readonly string[]
  readonly keys: readonly KnownKey[]
  /** When it was received, in milliseconds since the epoch. */
  readonly receivedAt: number
}

/** The verdict on a captured pair of headers, and the one slip that keeps it from being accepted. */
export interface Diagnosis {
  readonly verdict: 'accepted' | 'quarantined' | 'rejected'
  readonly kid: string | null
  readonly state: KnownKey['state'] | null
  /** The host as it was signed. */
  readonly host: string | null
  /** null for a timestamp that is not a time. */
  readonly ageSeconds: number | null
  /** One sentence for people; null if the pair is accepted and in order. */
  readonly hint: Said | null
}

/** Everything that one signature was made of. */
interface Finding {
  readonly known: KnownKey
  readonly host: string
  readonly slips: readonly Said[]
}

/**
 * Looks for the key, the spelling of the host, of the time and of the key, and the recipe that a signature was made with:
 * the right ones, or one slip in one of them. Does no I/O.
 *
 * @example
 * ```ts
 * diagnose({ timestamp, signature, hosts: ['hooks.example.com'], mistakenHosts: [], keys, receivedAt: Date.now() }).hint
 * ```
 */
export function diagnose(captured: Captured): Diagnosis {
  const ageSeconds = ageOf(captured)
  const fault = formFault(captured)
  const found = find(captured)
  if (found === null) {
    const hint =
      fault ??
      say(
        'no known key, host or common mistake gives this signature',
        '已知的密钥、主机和常见错误都得不出这个签名',
      )
    return { verdict: 'rejected', kid: null, state: null, host: null, ageSeconds, hint }
  }
  const { known, host, slips } = found
  const { kid, state } = known
  const about = { kid, state, host, ageSeconds }
  const problems = [...slips, ...keySlips(known), ...ageSlips(ageSeconds)]
  if (problems.length > 0)
    return { verdict: 'rejected', ...about, hint: joined(problems, '; besides, ', '；此外，') }
  if (state === 'compromised') {
    const hint = say(
      `key ${kid} has leaked: whoever has it can sign so, and nobody can tell who did`,
      `密钥 ${kid} 已泄露：任何拿到它的人都能这样签名，无法分辨是谁`,
    )
    return { verdict: 'quarantined', ...about, hint }
  }
  return { verdict: 'accepted', ...about, hint: caseHint(captured.signature) }
}

/** Looks for one slip only if no combination without a slip explains the pair. */
function find(captured: Captured): Finding | null {
  const signature = normalized(captured.signature)
  const parts: Parts = { hosts: hostsOf(captured), times: timeSpellings(captured.timestamp) }
  for (const slips of [0, 1]) {
    for (const known of captured.keys) {
      for (const { host, time, key, recipe } of candidates(known, parts, slips)) {
        if (recipe.sign(host.text, time.text, key.text) !== signature) continue
        const found = [host, time, key, recipe].flatMap(({ slip }) => slip ?? [])
        return { known, host: host.text, slips: [...found, ...formSlips(captured)] }
      }
    }
  }
  return null
}

interface Parts {
  readonly hosts: readonly Spelling[]
  readonly times: readonly Spelling[]
}

interface Candidate {
  readonly host: Spelling
  readonly time: Spelling
  readonly key: Spelling
  readonly recipe: Recipe
}

/** All combinations with this many slips. */
function* candidates(known: KnownKey, { hosts, times }: Parts, slips: number): Iterable<Candidate> {
  const keys = keySpellings(known.key.reveal(), known.kid)
  for (const host of hosts) {
    for (const time of times) {
      for (const key of keys) {
        for (const recipe of RECIPES) {
          const wrong = [host, time, key, recipe].filter(({ slip }) => slip !== null).length
          if (wrong === slips) yield { host, time, key, recipe }
        }
      }
    }
  }
}

/** What is right for one host is not a slip of another. */
function hostsOf({ hosts, mistakenHosts }: Captured): Spelling[] {
  const isUrl = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text)
  const spellings = [
    ...[...hosts, ...mistakenHosts].filter(isUrl).flatMap(urlSpellings),
    ...hosts.flatMap(hostSpellings),
    ...mistakenHosts.map(hostOf).map((host) => ({
      text: host,
      slip: say(
        `it is signed for ${host}, which is not the host of the callback URL`,
        `签名用的主机是 ${host}，不是回调 URL 的主机`,
      ),
    })),
    { text: '', slip: say('no host is signed', '签名没有用主机') },
  ]
  const right = new Set(spellings.flatMap(({ text, slip }) => (slip === null ? [text] : [])))
  return spellings.filter(({ text, slip }) => slip === null || !right.has(text))
}

/** Also reads Base64, although no receiver does. */
function formSlips({ signature }: Captured): Said[] {
  if (!BASE64.test(signature.trim())) return []
  return [say('the signature is in Base64, and must be in hex digits', '签名是 Base64，应当是十六进制')]
}

function keySlips({ kid, state, foundOn }: KnownKey): Said[] {
  if (state === 'revoked') {
    return [
      say(
        `key ${kid} has leaked and is revoked: nobody may trust it any more`,
        `密钥 ${kid} 已泄露并作废：不能再信任它`,
      ),
    ]
  }
  if (state === 'retired') {
    return [
      say(
        `key ${kid} was replaced and has left the keyset: have the stream pushed again`,
        `密钥 ${kid} 已被替换，不在密钥集里：请让该流重新推流`,
      ),
    ]
  }
  if (state !== 'unknown') return []
  const where = foundOn === undefined ? '' : ` that domain ${foundOn} is set to`
  const on = foundOn === undefined ? '' : `域名 ${foundOn} 上的`
  return [
    say(
      `key ${kid}${where} is in no keyset: live-key-rotator reconcile fixes that`,
      `${on}密钥 ${kid} 不在任何密钥集里：live-key-rotator reconcile 会处理`,
    ),
  ]
}

function ageOf({ timestamp, receivedAt }: Captured): number | null {
  const digits = timestamp.trim()
  if (!/^\d{9,14}$/.test(digits)) return null
  const seconds = digits.length > 11 ? Math.floor(Number(digits) / 1_000) : Number(digits)
  return Math.floor(receivedAt / 1_000) - seconds
}

function ageSlips(age: number | null): Said[] {
  if (age === null) return [NO_TIME]
  if (Math.abs(age) <= TOLERANCE_SECONDS) return []
  return age > 0
    ? [
        say(
          `it is ${age} s old, and a receiver accepts none over ${TOLERANCE_SECONDS} s: only its age is wrong`,
          `它已过了 ${age} 秒，接收端不接受超过 ${TOLERANCE_SECONDS} 秒的：错的只是时间`,
        ),
      ]
    : [
        say(
          `its time is ${-age} s ahead of this clock: set the clocks, or check where it comes from`,
          `它的时间比本机快 ${-age} 秒：请校准时钟，或检查它的来源`,
        ),
      ]
}

/** Why the text cannot be one of Live's signatures. */
function formFault({ timestamp, signature }: Captured): Said | null {
  if (!/^\d{9,14}$/.test(timestamp.trim())) return NO_TIME
  if (normalized(signature) === '') return say('the signature is empty', '签名为空')
  if (/^[0-9a-f]{32}$/.test(normalized(signature))) return null
  return say('the signature is not an MD5: it must have 32 hex digits', '签名不是 MD5：应当是 32 位十六进制')
}

function caseHint(signature: string): Said | null {
  return /[A-F]/.test(signature)
    ? say(
        'its hex digits are in upper case: compare signatures ignoring case',
        '十六进制是大写：比较签名时请忽略大小写',
      )
    : null
}

/** As hex in lower case. */
function normalized(signature: string): string {
  const text = signature.trim()
  if (BASE64.test(text)) return Buffer.from(text, 'base64').toString('hex')
  return text.toLowerCase()
}
