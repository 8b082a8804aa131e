import type { ErrorCode, RotatorError } from '../../core/errors.ts'
import type { NoEvidence } from '../evidence.ts'
import type { RequestKind } from '../state/served.ts'

/** An error as data. Its message is made where it was thrown, and holds no key. */
export interface Problem {
  readonly code: ErrorCode
  readonly message: string
}

export function problemOf({ code, message }: RotatorError): Problem {
  return { code, message }
}

export interface FailedDomain {
  readonly domain: string
  readonly code: string
  readonly message: string
}

/** Why one URL has not shown that all its instances know the key. */
export interface LackingEvidence {
  readonly url: string
  readonly expected: number
  readonly seen: number
  readonly why: NoEvidence | 'tooFew'
  /** The newest answer. */
  readonly detail: string
}

/** What a run finds that does not end it: the warnings of its report. */
interface Warnings {
  /** ACSCurrent, which receivers read, points to an older version. Only where the run looks and changes nothing. */
  readonly currentIsBehind: { readonly secret: string; readonly version: string }
  readonly currentMovedForward: { readonly secret: string; readonly version: string }
  /** The newest document was invalid: the emergency went on from the newest valid one. */
  readonly keysetRestored: { readonly problem: Problem }
  /** The list of the group's domains could not be read to its end. */
  readonly domainsNotListed: { readonly suffix: string; readonly problem: Problem }
  /** Discovery found them, and they do not exist any more. */
  readonly domainsGone: { readonly domains: readonly string[] }
  /** Discovery found them before and does not list them any more, but they exist. */
  readonly domainsUnlisted: { readonly domains: readonly string[] }
  /** A key that domains are on is not in the keyset. Only where the run looks and changes nothing. */
  readonly unknownKey: { readonly kid: string; readonly domains: readonly string[] }
  /** Domains that are not on the current key, or switched off. Only where the run looks and changes nothing. */
  readonly drifted: { readonly domains: readonly string[] }
  /** Somebody set this key behind the rotator's back: it is not trusted. */
  readonly keyFound: { readonly kid: string; readonly domains: readonly string[] }
  /** There are too many domains to tell new ones from others. */
  readonly everyDomainKnown: unknown
  readonly driftRepaired: { readonly domains: readonly string[]; readonly kid: string }
  /** They had no key yet. */
  readonly domainsAdded: { readonly domains: readonly string[]; readonly kid: string }
  /** The callbacks of these domains are signed by their other configuration, which this group does not rotate. */
  readonly notifyConfigSigns: { readonly domains: readonly string[] }
  readonly notifyConfigNotRead: { readonly domains: readonly string[]; readonly problem: Problem }
  /** The cloud's clock is so far ahead of this one (negative: behind) that nothing is retired, revoked or cut by time. */
  readonly clocksDisagree: { readonly aheadMs: number; readonly skewMs: number }
  /** An emergency found more keys on domains than the keyset has room for. */
  readonly foundKeysRefused: { readonly kids: readonly string[] }
  /** An emergency had no room to keep these leaked keys: they were revoked at once. */
  readonly leakedKeysRefused: { readonly kids: readonly string[] }
  /** KMS stored the staged key so much later than this clock says: the wait for receivers is longer by that. */
  readonly storedLate: { readonly lateMs: number }
  /** The request was served before, at `at`, and nothing was done now. */
  readonly requestServed: { readonly request: RequestKind; readonly at: string }
  /**
   * An emergency that comes after another keeps that one's fresh key. `leaked`: although it is named as leaked; `took`:
   * whether it took the trust of any other key.
   */
  readonly freshKeyKept: { readonly kid: string; readonly leaked: boolean; readonly took: boolean }
  /** An emergency that continues what it began, and took no trust away now. */
  readonly emergencyContinued: { readonly kid: string; readonly since: string }
  /** The keys that are named as leaked had lost their trust before; a fresh key was staged all the same. */
  readonly distrustedBefore: { readonly kids: readonly string[] }
  /** The group has none of the keys that leaked. */
  readonly leakedElsewhere: { readonly kids: readonly string[] }
  /** A receiver that does not accept the fresh key of an emergency, which is set all the same. */
  readonly receiverRefuses: { readonly url: string; readonly detail: string }
  /** Evidence did not end the wait for receivers: why not, for each URL that lacks it. */
  readonly evidenceLacking: { readonly receivers: readonly LackingEvidence[] }
  /** Behind this URL a probe under a leaked key was accepted after the cut-off, by these instances as far as they tell. */
  readonly receiverTrustsLeaked: { readonly url: string; readonly instances: readonly string[] }
  readonly streamsNotListed: { readonly domains: readonly string[]; readonly problem: Problem }
  /** Streams that still sign with a leaked key, because they could not be cut. */
  readonly streamsNotCut: { readonly streams: readonly string[]; readonly problem: Problem }
  /** `overlap.max` ended a key although these streams may still sign with it. */
  readonly keyExpired: {
    readonly kid: string
    readonly streams: readonly string[]
    /** Domains whose streams or key could not be read. */
    readonly domains: readonly string[]
  }
}

/** What holds a run back: why it is `incomplete`. */
interface Obstacles {
  readonly domainsFailed: {
    readonly failed: readonly Omit<FailedDomain, 'message'>[]
    readonly total: number
  }
  readonly domainsUnknown: unknown
  readonly receiversRefuse: {
    readonly receivers: readonly { readonly url: string; readonly detail: string }[]
  }
  /** Running streams that can still sign with a leaked key, and domains whose streams could not be listed. */
  readonly streamsLeft: { readonly streams: readonly string[]; readonly domains: readonly string[] }
  /** The time of the run does not suffice to read its domains. */
  readonly tooShort: { readonly total: number }
  /** Another run has gone on meanwhile. */
  readonly superseded: { readonly problem: Problem }
}

type Findings = Warnings & Obstacles

/**
 * What a run brings to light, as data: made where it is found, told in a language at the very end (`english.ts`). Never
 * holds a key, nor a URL with parameters.
 */
export type FindingOf<K extends keyof Findings = keyof Findings> = {
  readonly [Kind in K]: { readonly kind: Kind } & Findings[Kind]
}[K]

export type Warning = FindingOf<keyof Warnings>
export type Obstacle = FindingOf<keyof Obstacles>

/** How each finding is told in one language. The compiler says which one is missing. */
export type FindingTexts = {
  readonly [Kind in keyof Findings]: (finding: FindingOf<Kind>) => string
}

export function findingText<K extends keyof Findings>(finding: FindingOf<K>, texts: FindingTexts): string {
  const tell: FindingTexts[K] = texts[finding.kind]
  return tell(finding)
}

/** What a person must read before anything else: that what was asked for was not done. */
const FIRST: readonly Warning['kind'][] = [
  'requestServed',
  'freshKeyKept',
  'emergencyContinued',
  'distrustedBefore',
  'leakedElsewhere',
]

/** The warnings with another one; what is found again, of further domains, joins what was found before. */
export function withWarning(found: readonly Warning[], warning: Warning): readonly Warning[] {
  const before = found.find((one) => subjectOf(one) === subjectOf(warning))
  if (!before) return FIRST.includes(warning.kind) ? [warning, ...found] : [...found, warning]
  if (!('domains' in before && 'domains' in warning)) return found
  const domains = [...new Set([...before.domains, ...warning.domains])]
  if (domains.length === before.domains.length) return found
  return found.map((one) => (one === before ? { ...before, domains } : one))
}

/** What it is about, apart from the domains and from what went wrong with the first of them. */
function subjectOf(warning: Warning): string {
  return JSON.stringify({ ...warning, domains: undefined, problem: undefined })
}

/**
 * What a person may have to know of:
 *
 * - `failed`: the run stopped by an error; subject: its code.
 * - `domainFailed`: a domain holds the group back; subject: the domain.
 * - `discoveryFailed`: the list of domains could not be read to its end, and holds the group back.
 * - `receiversRefuse`: receivers refused the new key until `propagation.max`.
 * - `streamsLeft`: running streams can still sign with a leaked key, although they were cut.
 * - `tooShort`: the run's time does not suffice to read the group's domains.
 * - `superseded`: another run has gone on meanwhile.
 * - `clocksDisagree`: the clocks are so far apart that no key is retired or revoked, and no stream is cut, by time.
 * - `driftRepaired`: a domain was not on the group's key and was set back; subject: the domain.
 * - `keyFound`: somebody set a key behind the rotator's back; subject: its kid.
 * - `overlapMax`: a key was dropped although streams may still sign with it; subject: its kid.
 * - `emergencyDone`: every domain is on the fresh key of an emergency; subject: its kid.
 */
export type CauseCode =
  | 'failed'
  | 'domainFailed'
  | 'discoveryFailed'
  | 'receiversRefuse'
  | 'streamsLeft'
  | 'tooShort'
  | 'superseded'
  | 'clocksDisagree'
  | 'driftRepaired'
  | 'keyFound'
  | 'overlapMax'
  | 'emergencyDone'

export interface Cause {
  readonly code: CauseCode
  /** null where the code says it all, and for a cause that stands for very many. */
  readonly subject: string | null
  /** How many subjects it stands for, when they are too many to be causes of their own. */
  readonly total?: number
  /** It belongs to an emergency that is not finished. */
  readonly urgent?: true
}
