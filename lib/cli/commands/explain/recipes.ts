import { createHash, createHmac } from 'node:crypto'
import { inBoth, say, type Said } from '../../words/said.ts'

/** A way to make a signature of its three parts, and what is wrong with it; null for Live's own. */
export interface Recipe {
  readonly sign: (host: string, time: string, key: string) => string
  readonly slip: Said | null
}

const hash = (algorithm: string, text: string): string =>
  createHash(algorithm).update(text, 'utf8').digest('hex')
const hmac = (algorithm: string, key: string, text: string): string =>
  createHmac(algorithm, key).update(text, 'utf8').digest('hex')

const ORDERS: Readonly<Record<string, (host: string, time: string, key: string) => string[]>> = {
  'host|key|time': (host, time, key) => [host, key, time],
  'time|host|key': (host, time, key) => [time, host, key],
  'time|key|host': (host, time, key) => [time, key, host],
  'key|host|time': (host, time, key) => [key, host, time],
  'key|time|host': (host, time, key) => [key, time, host],
  'time|key': (_, time, key) => [time, key],
  'host|key': (host, _, key) => [host, key],
}

const SEPARATORS: readonly (readonly [name: Said, separator: string])[] = [
  [say('nothing', '空'), ''],
  [say('a colon', '冒号'), ':'],
  [say('a hyphen', '连字符'), '-'],
  [say('a comma', '逗号'), ','],
  [inBoth('"&"'), '&'],
  [say('a space', '空格'), ' '],
  [say('a line break', '换行'), '\n'],
  [inBoth('" | "'), ' | '],
  [inBoth('"||"'), '||'],
]

/** Live's own recipe first: lower-case hex MD5 of `host|time|key`. */
export const RECIPES: readonly Recipe[] = [
  { sign: (...parts) => hash('md5', parts.join('|')), slip: null },
  ...Object.entries(ORDERS).map(([order, arrange]) => ({
    sign: (host: string, time: string, key: string) => hash('md5', arrange(host, time, key).join('|')),
    slip: say(
      `the parts are in the order ${order}, and must be host|time|key`,
      `各部分的顺序是 ${order}，应当是 host|time|key`,
    ),
  })),
  ...SEPARATORS.map(([name, separator]) => ({
    sign: (...parts: [string, string, string]) => hash('md5', parts.join(separator)),
    slip: say(
      `the parts are joined by ${name.en}, and must be joined by "|"`,
      `各部分用${name.zh}连接，应当用 "|"`,
    ),
  })),
  ...['sha1', 'sha256', 'sha512'].map((algorithm) => ({
    sign: (...parts: [string, string, string]) => hash(algorithm, parts.join('|')),
    slip: say(
      `it is a ${algorithm.toUpperCase()}, and must be an MD5`,
      `用的是 ${algorithm.toUpperCase()}，应当是 MD5`,
    ),
  })),
  ...['md5', 'sha1', 'sha256'].flatMap((algorithm) => [
    {
      sign: (host: string, time: string, key: string) => hmac(algorithm, key, `${host}|${time}`),
      slip: hmacSlip(algorithm),
    },
    {
      sign: (host: string, time: string, key: string) => hmac(algorithm, key, `${host}|${time}|${key}`),
      slip: hmacSlip(algorithm),
    },
  ]),
  {
    sign: (...parts) => hash('md5', hash('md5', parts.join('|'))),
    slip: say('it is the MD5 of an MD5, and must be hashed once', '做了两次 MD5，应当只做一次'),
  },
]

function hmacSlip(algorithm: string): Said {
  const name = algorithm.toUpperCase()
  return say(
    `it is an HMAC (${name}) under the key, and must be a plain MD5`,
    `用的是以密钥计算的 HMAC（${name}），应当是普通的 MD5`,
  )
}
