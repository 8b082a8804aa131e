import { domainToASCII, domainToUnicode } from 'node:url'
import { say, type Said } from '../../words/said.ts'

/** One way to write something, and what is wrong with it; null for the right way. */
export interface Spelling {
  readonly text: string
  readonly slip: Said | null
}

/**
 * The host in what somebody calls a host: that of a URL, without scheme and path; otherwise the text in lower case.
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

/** The host as Live signs it, and the common ways to get it wrong. */
export function hostSpellings(given: string): Spelling[] {
  const host = hostOf(given)
  const name = host.replace(/:\d+$/, '')
  const slip = (text: string, en: string, zh: string): Spelling => ({
    text,
    slip: say(`the host is signed ${en}`, `签名用的主机${zh}`),
  })
  const bare = name.replace(/\.$/, '')
  return unique([
    { text: host, slip: null },
    { text: name, slip: null },
    given.toLowerCase() === host
      ? { text: given, slip: null }
      : slip(given, 'with more than the host', '不只是主机'),
    ...[443, 80, 8443, 8080].map((port) =>
      slip(`${bare}:${port}`, `with the port ${port}`, `带有端口 ${port}`),
    ),
    slip(
      domainToUnicode(bare),
      'in its own letters, and the URL has it in punycode',
      '是原文，而 URL 里是 punycode',
    ),
    slip(
      domainToASCII(bare),
      'in punycode (xn--…), and the URL has its own letters',
      '是 punycode（xn--…），而 URL 里是原文',
    ),
    slip(bare.toUpperCase(), 'in upper case', '是大写'),
    slip(`${bare}.`, 'with a dot at its end', '末尾多了一个点'),
    slip(bare, 'without the dot at its end', '末尾少了一个点'),
    ...['https', 'http'].flatMap((scheme) => [
      slip(`${scheme}://${host}`, `with the scheme ${scheme}:// before it`, `前面带有 ${scheme}://`),
      slip(`${scheme}://${host}/`, `as the URL ${scheme}://${host}/`, `写成了 URL ${scheme}://${host}/`),
    ]),
    slip(`${host}/`, 'with a slash after it', '后面多了一个斜杠'),
    slip(
      bare.startsWith('www.') ? bare.slice(4) : `www.${bare}`,
      bare.startsWith('www.') ? 'without www.' : 'with www.',
      bare.startsWith('www.') ? '少了 www.' : '多了 www.',
    ),
  ])
}

/** A whole callback URL in place of its host. */
export function urlSpellings(url: string): Spelling[] {
  const { host, pathname, search } = new URL(url)
  return [
    {
      text: url,
      slip: say('the whole URL is signed, and only its host may be', '签名用了整个 URL，应当只用主机'),
    },
    {
      text: `${host}${pathname}`,
      slip: say('the path is signed along with the host', '签名用了主机加路径，应当只用主机'),
    },
    {
      text: `${host}${pathname}${search}`,
      slip: say('path and query are signed along with the host', '签名用了主机加路径和参数，应当只用主机'),
    },
    { text: pathname, slip: say('the path is signed in place of the host', '签名用了路径，应当用主机') },
  ]
}

/** The time as in the header, and other ways to write the same moment. */
export function timeSpellings(given: string): Spelling[] {
  const text = given.trim()
  if (/^\d{13}$/.test(text)) {
    return [
      {
        text,
        slip: say('the time is in milliseconds, and must be in seconds', '时间以毫秒为单位，应当以秒为单位'),
      },
      {
        text: text.slice(0, 10),
        slip: say(
          'the header has milliseconds, and the signature was made with seconds',
          '给出的时间以毫秒为单位，签名时以秒为单位',
        ),
      },
    ]
  }
  const spellings: Spelling[] = [{ text, slip: null }]
  if (/^\d{10}$/.test(text)) {
    const date = new Date(Number(text) * 1_000).toISOString()
    spellings.push(
      {
        text: `${text}000`,
        slip: say(
          'the time is signed in milliseconds, and the header has seconds',
          '签名时时间以毫秒为单位，而请求头以秒为单位',
        ),
      },
      { text: `${text}.0`, slip: say('the time is signed with a decimal point', '签名时时间带有小数点') },
      { text: date, slip: say('the time is signed as a date', '签名时时间写成了日期') },
      { text: date.replace('.000Z', 'Z'), slip: say('the time is signed as a date', '签名时时间写成了日期') },
    )
  }
  spellings.push({ text: '', slip: say('no time is signed', '签名没有用时间') })
  return unique(spellings)
}

/** The key, and common mistakes with it. */
export function keySpellings(key: string, kid: string): Spelling[] {
  return unique([
    { text: key, slip: null },
    {
      text: `${key}\n`,
      slip: say('the key is used with the line break at its end', '使用的密钥末尾带有换行'),
    },
    {
      text: `${key}\r\n`,
      slip: say('the key is used with the line break at its end', '使用的密钥末尾带有换行'),
    },
    { text: `${key} `, slip: say('the key is used with a space at its end', '使用的密钥末尾带有空格') },
    { text: `"${key}"`, slip: say('the key is used with its quotation marks', '使用的密钥带有引号') },
    {
      text: key.trim(),
      slip: say('the key is used without the spaces around it', '使用的密钥去掉了首尾空格'),
    },
    { text: key.toLowerCase(), slip: say('the key is used in lower case', '使用的密钥变成了小写') },
    { text: key.toUpperCase(), slip: say('the key is used in upper case', '使用的密钥变成了大写') },
    {
      text: Buffer.from(key).toString('base64'),
      slip: say('the key is used in Base64', '使用的密钥变成了 Base64'),
    },
    { text: kid, slip: say('the kid is used in place of the key', '用 kid 代替了密钥') },
    { text: '', slip: say('no key is used', '没有使用密钥') },
  ])
}

/** Keeps the first of equal texts: the right way comes before any slip. */
function unique(spellings: readonly Spelling[]): Spelling[] {
  const seen = new Set<string>()
  return spellings.filter(({ text }) => !seen.has(text) && seen.add(text))
}
