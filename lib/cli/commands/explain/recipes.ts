import { createHash, createHmac } from 'node:crypto'

/** A way to make a signature of its three parts, and what is wrong with it; null for Live's own. */
export interface Recipe {
  readonly sign: (host: string, time: string, key: string) => string
  readonly slip: string | null
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

const SEPARATORS: Readonly<Record<string, string>> = {
  nothing: '',
  'a colon': ':',
  'a hyphen': '-',
  'a comma': ',',
  '"&"': '&',
  'a space': ' ',
  'a line break': '\n',
  '" | "': ' | ',
  '"||"': '||',
}

/** Live's own recipe first: lower-case hex MD5 of `host|time|key`. */
export const RECIPES: readonly Recipe[] = [
  { sign: (...parts) => hash('md5', parts.join('|')), slip: null },
  ...Object.entries(ORDERS).map(([order, arrange]) => ({
    sign: (host: string, time: string, key: string) => hash('md5', arrange(host, time, key).join('|')),
    slip: `the parts are in the order ${order}, and must be host|time|key`,
  })),
  ...Object.entries(SEPARATORS).map(([name, separator]) => ({
    sign: (...parts: [string, string, string]) => hash('md5', parts.join(separator)),
    slip: `the parts are joined by ${name}, and must be joined by "|"`,
  })),
  ...['sha1', 'sha256', 'sha512'].map((algorithm) => ({
    sign: (...parts: [string, string, string]) => hash(algorithm, parts.join('|')),
    slip: `it is a ${algorithm.toUpperCase()}, and must be an MD5`,
  })),
  ...['md5', 'sha1', 'sha256'].flatMap((algorithm) => [
    {
      sign: (host: string, time: string, key: string) => hmac(algorithm, key, `${host}|${time}`),
      slip: `it is an HMAC (${algorithm.toUpperCase()}) under the key, and must be a plain MD5`,
    },
    {
      sign: (host: string, time: string, key: string) => hmac(algorithm, key, `${host}|${time}|${key}`),
      slip: `it is an HMAC (${algorithm.toUpperCase()}) under the key, and must be a plain MD5`,
    },
  ]),
  {
    sign: (...parts) => hash('md5', hash('md5', parts.join('|'))),
    slip: 'it is the MD5 of an MD5, and must be hashed once',
  },
]
