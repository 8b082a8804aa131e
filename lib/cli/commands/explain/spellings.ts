import { domainToASCII, domainToUnicode } from 'node:url'

/** One way to write something, and what is wrong with it; null for the right way. */
export interface Spelling {
  readonly text: string
  readonly slip: string | null
}

/**
 * The host of what somebody calls a host: a URL's own, without scheme and path; else the text in lower case.
 *
 * @example
 * ```ts
 * hostOf('https://Hooks.example.com/live') // 'hooks.example.com'
 * ```
 */
export function hostOf(text: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text) ? new URL(text).host : text
  return url.replace(/[/?#].*$/, '').toLowerCase()
}

/** The host as Live signs it, and every way in which it is commonly written otherwise. */
export function hostSpellings(given: string): Spelling[] {
  const host = hostOf(given)
  const name = host.replace(/:\d+$/, '')
  const slip = (text: string, what: string): Spelling => ({ text, slip: `the host is signed ${what}` })
  const bare = name.replace(/\.$/, '')
  return unique([
    { text: host, slip: null },
    { text: name, slip: null },
    given.toLowerCase() === host ? { text: given, slip: null } : slip(given, 'with more than the host'),
    ...[443, 80, 8443, 8080].map((port) => slip(`${bare}:${port}`, `with the port ${port}`)),
    slip(domainToUnicode(bare), 'in its own letters, and the URL has it in punycode'),
    slip(domainToASCII(bare), 'in punycode (xn--…), and the URL has its own letters'),
    slip(bare.toUpperCase(), 'in upper case'),
    slip(`${bare}.`, 'with a dot at its end'),
    slip(bare, 'without the dot at its end'),
    ...['https', 'http'].flatMap((scheme) => [
      slip(`${scheme}://${host}`, `with the scheme ${scheme}:// before it`),
      slip(`${scheme}://${host}/`, `as the URL ${scheme}://${host}/`),
    ]),
    slip(`${host}/`, 'with a slash after it'),
    slip(
      bare.startsWith('www.') ? bare.slice(4) : `www.${bare}`,
      bare.startsWith('www.') ? 'without www.' : 'with www.',
    ),
  ])
}

/** A whole callback URL in place of its host. */
export function urlSpellings(url: string): Spelling[] {
  const { host, pathname, search } = new URL(url)
  return [
    { text: url, slip: 'the whole URL is signed, and only its host may be' },
    { text: `${host}${pathname}`, slip: 'the path is signed along with the host' },
    { text: `${host}${pathname}${search}`, slip: 'path and query are signed along with the host' },
    { text: pathname, slip: 'the path is signed in place of the host' },
  ]
}

/** The time as it stands in the header, and other ways to write the same moment. */
export function timeSpellings(given: string): Spelling[] {
  const text = given.trim()
  if (/^\d{13}$/.test(text)) {
    return [
      { text, slip: 'the time is in milliseconds, and must be in seconds' },
      { text: text.slice(0, 10), slip: 'the time is given in milliseconds, and was signed in seconds' },
    ]
  }
  const spellings: Spelling[] = [{ text, slip: null }]
  if (/^\d{10}$/.test(text)) {
    const date = new Date(Number(text) * 1_000).toISOString()
    spellings.push(
      { text: `${text}000`, slip: 'the time is signed in milliseconds, and the header has seconds' },
      { text: `${text}.0`, slip: 'the time is signed with a decimal point' },
      { text: date, slip: 'the time is signed as a date' },
      { text: date.replace('.000Z', 'Z'), slip: 'the time is signed as a date' },
    )
  }
  spellings.push({ text: '', slip: 'no time is signed' })
  return unique(spellings)
}

/** The key, and what is done to it by mistake. */
export function keySpellings(key: string, kid: string): Spelling[] {
  return unique([
    { text: key, slip: null },
    { text: `${key}\n`, slip: 'the key is used with the line break at its end' },
    { text: `${key}\r\n`, slip: 'the key is used with the line break at its end' },
    { text: `${key} `, slip: 'the key is used with a space at its end' },
    { text: `"${key}"`, slip: 'the key is used with its quotation marks' },
    { text: key.trim(), slip: 'the key is used without the spaces around it' },
    { text: key.toLowerCase(), slip: 'the key is used in lower case' },
    { text: key.toUpperCase(), slip: 'the key is used in upper case' },
    { text: Buffer.from(key).toString('base64'), slip: 'the key is used in Base64' },
    { text: kid, slip: 'the kid is used in place of the key' },
    { text: '', slip: 'no key is used' },
  ])
}

/** The first of equal texts stays: the right way comes before any slip. */
function unique(spellings: readonly Spelling[]): Spelling[] {
  const seen = new Set<string>()
  return spellings.filter(({ text }) => !seen.has(text) && seen.add(text))
}
