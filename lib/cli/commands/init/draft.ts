import type { AuthSource } from '../../../config/types.ts'
import { names, namesInChinese } from '../../../core/names.ts'
import { say, type Said } from '../../words/said.ts'

/** What the configuration should be, as far as it was stated. */
export interface Wishes {
  readonly region: string
  readonly domains: readonly string[]
  readonly discover: string | null
  readonly secret: string
  readonly probes: readonly string[]
}

/** What the account says about one domain. */
export interface DomainSight {
  readonly domain: string
  /**
   * How its snapshot callbacks are set up; null for a domain that has none, `absent` for one that the account does not
   * have, `unknown` where it could not be read.
   */
  readonly kind: AuthSource | 'both' | 'absent' | 'unknown' | null
  readonly callbackUrls: readonly string[]
}

export interface DraftGroup {
  readonly name: string
  readonly secret: string
  readonly authSource: AuthSource
  readonly domains: readonly string[]
  readonly discover: { readonly suffix: string; readonly exclude: readonly string[] } | null
  readonly probes: readonly string[]
  /** Callback URLs in the account that nobody asked for. */
  readonly suggestedProbes: readonly string[]
}

export interface Draft {
  readonly region: string
  readonly groups: readonly DraftGroup[]
  /** What the reader has to know, one sentence each. */
  readonly notes: readonly Said[]
}

/**
 * Groups the domains: a group rotates one of Live's two configurations, so domains of both kinds make two groups. Does no
 * I/O.
 */
export function draftOf(wishes: Wishes, sights: readonly DomainSight[]): Draft {
  const { region, discover } = wishes
  const isNamed = (sight: DomainSight): boolean => wishes.domains.includes(sight.domain)
  // Keeps named domains: whoever names one may be about to set it up.
  const [bare, kept] = partition(sights, (sight) => sight.kind === null && !isNamed(sight))
  const [byNotify, byAuth] = partition(kept, ({ kind }) => kind === 'notifyConfig')
  const onlyNotify = byAuth.length === 0 && byNotify.length > 0
  const main = onlyNotify ? byNotify : byAuth
  const excluded = [...(onlyNotify ? [] : byNotify), ...bare].map(({ domain }) => domain)
  const groups = [
    groupOf('default', wishes, main, {
      authSource: onlyNotify ? 'notifyConfig' : 'snapshotCallbackAuth',
      discover: discover === null ? null : { suffix: discover, exclude: excluded },
    }),
    ...(onlyNotify || byNotify.length === 0
      ? []
      : [
          groupOf('notify', { ...wishes, probes: [] }, byNotify, {
            authSource: 'notifyConfig',
            discover: null,
          }),
        ]),
  ]
  return { region, groups, notes: notesOf(sights, bare, byNotify.length > 0 && !onlyNotify) }
}

function groupOf(
  name: string,
  { secret, domains, probes }: Wishes,
  sights: readonly DomainSight[],
  { authSource, discover }: Pick<DraftGroup, 'authSource' | 'discover'>,
): DraftGroup {
  const listed = sights.map(({ domain }) => domain)
  const own = name === 'default'
  return {
    name,
    secret: own ? secret : `${secret.replace(/\/default$/, '')}/${name}`,
    authSource,
    // Domains that discovery finds need not be named.
    domains:
      discover === null
        ? listed
        : listed.filter((domain) => domains.includes(domain) && !domain.endsWith(discover.suffix)),
    discover,
    probes,
    suggestedProbes: suggestionsOf(sights, probes),
  }
}

/** Without anything after the path, which may contain a token. */
function suggestionsOf(sights: readonly DomainSight[], probes: readonly string[]): string[] {
  const urls = sights.flatMap(({ callbackUrls }) => callbackUrls).filter((url) => URL.canParse(url))
  const plain = urls.map((url) => `${new URL(url).origin}${new URL(url).pathname}`)
  return [...new Set(plain)].filter((url) => !probes.includes(url)).sort()
}

function notesOf(sights: readonly DomainSight[], bare: readonly DomainSight[], hasTwoKinds: boolean): Said[] {
  const both = sights.filter(({ kind }) => kind === 'both')
  const none = sights.filter((sight) => sight.kind === null && !bare.includes(sight))
  const unknown = sights.filter(({ kind }) => kind === 'unknown')
  const absent = sights.filter(({ kind }) => kind === 'absent')
  return [
    ...noteOf(
      absent,
      (domains) => `not in this account: check the spelling of ${domains}`,
      (domains) => `不在这个账号里，请检查写法：${domains}`,
    ),
    ...noteOf(
      bare,
      (domains) => `left out, because they have no snapshot callback: ${domains}`,
      (domains) => `没有截图回调，未列入：${domains}`,
    ),
    ...noteOf(
      none,
      (domains) => `without a snapshot callback yet; configure one before you rotate: ${domains}`,
      (domains) => `还没有截图回调，轮转之前请先配置：${domains}`,
    ),
    ...(hasTwoKinds
      ? [
          say(
            'domains of both kinds of callback configuration: they make two groups',
            '域名使用两种不同的回调配置，因此分为两个组',
          ),
        ]
      : []),
    ...noteOf(
      both,
      (domains) => `they also sign with their notify configuration, whose key is not rotated: ${domains}`,
      (domains) => `还用通知配置的密钥签名，该密钥不会轮转：${domains}`,
    ),
    ...noteOf(
      unknown,
      (domains) => `their callbacks could not be read: ${domains}`,
      (domains) => `无法读取回调配置：${domains}`,
    ),
  ]
}

/** Nothing if it is about no domain. */
function noteOf(
  sights: readonly DomainSight[],
  english: (domains: string) => string,
  chinese: (domains: string) => string,
): Said[] {
  const domains = sights.map(({ domain }) => domain)
  return domains.length === 0 ? [] : [say(english(names(domains)), chinese(namesInChinese(domains)))]
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
