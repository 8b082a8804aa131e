import type { AuthSource } from '../../../config/types.ts'

/** What the configuration is to be, as far as it was said. */
export interface Wishes {
  readonly region: string
  readonly domains: readonly string[]
  readonly discover: string | null
  readonly secret: string
  readonly probes: readonly string[]
}

/** What the account says of one domain. */
export interface DomainSight {
  readonly domain: string
  /** How its snapshot callbacks are set up; null for a domain that has none, `unknown` where it could not be read. */
  readonly kind: AuthSource | 'both' | 'unknown' | null
  readonly callbackUrls: readonly string[]
}

export interface DraftGroup {
  readonly name: string
  readonly secret: string
  readonly authSource: AuthSource
  readonly domains: readonly string[]
  readonly discover: { readonly suffix: string; readonly exclude: readonly string[] } | null
  readonly probes: readonly string[]
  /** Callback URLs that the account names and nobody has asked for. */
  readonly suggestedProbes: readonly string[]
}

export interface Draft {
  readonly region: string
  readonly groups: readonly DraftGroup[]
  /** What the reader has to know, each in a sentence. */
  readonly notes: readonly string[]
}

/**
 * Makes groups of the domains: a group rotates one of Live's two configurations, so that domains of both kinds make two.
 * Does no I/O.
 */
export function draftOf(wishes: Wishes, sights: readonly DomainSight[]): Draft {
  const { region, discover } = wishes
  const isNamed = (sight: DomainSight): boolean => wishes.domains.includes(sight.domain)
  // What was named stays: whoever names it may be about to set it up.
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
    // What discovery finds need not be named.
    domains:
      discover === null
        ? listed
        : listed.filter((domain) => domains.includes(domain) && !domain.endsWith(discover.suffix)),
    discover,
    probes,
    suggestedProbes: suggestionsOf(sights, probes),
  }
}

/** Without what follows the path: it may hold a token. */
function suggestionsOf(sights: readonly DomainSight[], probes: readonly string[]): string[] {
  const urls = sights.flatMap(({ callbackUrls }) => callbackUrls).filter((url) => URL.canParse(url))
  const plain = urls.map((url) => `${new URL(url).origin}${new URL(url).pathname}`)
  return [...new Set(plain)].filter((url) => !probes.includes(url)).sort()
}

function notesOf(
  sights: readonly DomainSight[],
  bare: readonly DomainSight[],
  hasTwoKinds: boolean,
): string[] {
  const named = (those: readonly DomainSight[]): string => {
    const shown = those.slice(0, 5).map(({ domain }) => domain)
    return `${shown.join(', ')}${those.length > shown.length ? ` and ${those.length - shown.length} more` : ''}`
  }
  const both = sights.filter(({ kind }) => kind === 'both')
  const none = sights.filter((sight) => sight.kind === null && !bare.includes(sight))
  const unknown = sights.filter(({ kind }) => kind === 'unknown')
  return [
    ...(bare.length > 0 ? [`left out, since they have no snapshot callback: ${named(bare)}`] : []),
    ...(none.length > 0 ? [`without a snapshot callback, which a key needs: ${named(none)}`] : []),
    ...(hasTwoKinds ? ['domains of both kinds of callback configuration: they make two groups'] : []),
    ...(both.length > 0
      ? [`they also sign by their notify configuration, whose key is not rotated: ${named(both)}`]
      : []),
    ...(unknown.length > 0 ? [`their callbacks could not be read: ${named(unknown)}`] : []),
  ]
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
