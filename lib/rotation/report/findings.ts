import type { ErrorCode, RotatorError } from '../../core/errors.ts'
import type { NoEvidence } from '../evidence.ts'
import type { RequestKind } from '../state/served.ts'

/** An error as data. Its message comes from where it was thrown and holds no key. */
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

/** Why a URL has not shown that all its instances know the key. */
export interface LackingEvidence {
  readonly url: string
  readonly expected: number
  readonly seen: number
  readonly why: NoEvidence | 'tooFew'
  /** The newest answer. */
  readonly detail: string
}

/** Findings that do not end a run: the warnings of its report. */
interface Warnings {
  /** ACSCurrent, which receivers read, points to an older version. Only in a run that changes nothing. */
  readonly currentIsBehind: { readonly secret: string; readonly version: string }
  readonly currentMovedForward: { readonly secret: string; readonly version: string }
  /** The newest document is invalid: the emergency continued from the newest valid one. */
  readonly keysetRestored: { readonly problem: Problem }
  /** The list of the group's domains could not be read to the end. */
  readonly domainsNotListed: { readonly suffix: string; readonly problem: Problem }
  /** Discovery found them, but they no longer exist. */
  readonly domainsGone: { readonly domains: readonly string[] }
  /** Discovery found them before and no longer lists them, but they exist. */
  readonly domainsUnlisted: { readonly domains: readonly string[] }
  /** A key on domains is not in the keyset. Only in a run that changes nothing. */
  readonly unknownKey: { readonly kid: string; readonly domains: readonly string[] }
  /** Domains that are not on the current key, or off. Only in a run that changes nothing. */
  readonly drifted: { readonly domains: readonly string[] }
  /** Something else set this key: it is not trusted. */
  readonly keyFound: { readonly kid: string; readonly domains: readonly string[] }
  /** Too many domains to tell new ones from known ones. */
  readonly everyDomainKnown: unknown
  readonly driftRepaired: { readonly domains: readonly string[]; readonly kid: string }
  /** They had no key yet. */
  readonly domainsAdded: { readonly domains: readonly string[]; readonly kid: string }
  /** The other configuration of these domains, which this group does not rotate, signs their callbacks. */
  readonly notifyConfigSigns: { readonly domains: readonly string[] }
  readonly notifyConfigNotRead: { readonly domains: readonly string[]; readonly problem: Problem }
  /** The cloud's clock is so far ahead of this one (negative: behind) that nothing is retired, revoked or cut by time. */
  readonly clocksDisagree: { readonly aheadMs: number; readonly skewMs: number }
  /** An emergency found more keys on domains than the keyset has room for. */
  readonly foundKeysRefused: { readonly kids: readonly string[] }
  /** An emergency had no room for these leaked keys: they are revoked at once. */
  readonly leakedKeysRefused: { readonly kids: readonly string[] }
  /** KMS stored the staged key this much later than this clock says, which extends the wait for receivers. */
  readonly storedLate: { readonly lateMs: number }
  /** The request was already served, at `at`; nothing was done now. */
  readonly requestServed: { readonly request: RequestKind; readonly at: string }
  /**
   * An emergency keeps the fresh key of a previous one. `leaked`: although it is named as leaked; `took`: whether another
   * key lost its trust.
   */
  readonly freshKeyKept: { readonly kid: string; readonly leaked: boolean; readonly took: boolean }
  /** An emergency continues what it began; no key lost its trust now. */
  readonly emergencyContinued: { readonly kid: string; readonly since: string }
  /** The keys named as leaked had already lost their trust; a fresh key was staged anyway. */
  readonly distrustedBefore: { readonly kids: readonly string[] }
  /** The group has none of the keys that leaked. */
  readonly leakedElsewhere: { readonly kids: readonly string[] }
  /** A receiver does not accept the fresh key of an emergency, which is set anyway. */
  readonly receiverRefuses: { readonly url: string; readonly detail: string }
  /** Evidence did not end the wait for receivers: the reason for each URL that lacks it. */
  readonly evidenceLacking: { readonly receivers: readonly LackingEvidence[] }
  /** A probe signed with a leaked key was accepted here after the cut-off, by these instances as far as known. */
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

/** Why a run is `incomplete`. */
interface Obstacles {
  readonly domainsFailed: {
    readonly failed: readonly Omit<FailedDomain, 'message'>[]
    readonly total: number
  }
  readonly domainsUnknown: unknown
  /** There is no keyset yet, and the first one would lack the keys of these domains. */
  readonly keysUnknown: { readonly failed: readonly Omit<FailedDomain, 'message'>[] }
  readonly receiversRefuse: {
    readonly receivers: readonly { readonly url: string; readonly detail: string }[]
  }
  /** Running streams that can still sign with a leaked key, and domains whose streams could not be listed. */
  readonly streamsLeft: { readonly streams: readonly string[]; readonly domains: readonly string[] }
  /** The run has too little time to read its domains. */
  readonly tooShort: { readonly total: number }
  /** Another run took over. */
  readonly superseded: { readonly problem: Problem }
}

type Findings = Warnings & Obstacles

/**
 * What a run finds, as data: created where it is found, turned into text last. Never holds a key, nor a URL with
 * parameters.
 */
export type FindingOf<K extends keyof Findings = keyof Findings> = {
  readonly [Kind in K]: { readonly kind: Kind } & Findings[Kind]
}[K]

export type Warning = FindingOf<keyof Warnings>
export type Obstacle = FindingOf<keyof Obstacles>

/** The text of each finding in one language. The compiler reports missing ones. */
export type FindingTexts = {
  readonly [Kind in keyof Findings]: (finding: FindingOf<Kind>) => string
}

export function findingText<K extends keyof Findings>(finding: FindingOf<K>, texts: FindingTexts): string {
  const tell: FindingTexts[K] = texts[finding.kind]
  return tell(finding)
}

/** What people must read first: what they asked for was not done. */
const FIRST: readonly Warning['kind'][] = [
  'requestServed',
  'freshKeyKept',
  'emergencyContinued',
  'distrustedBefore',
  'leakedElsewhere',
]

/** Adds a warning. One that repeats an earlier warning for further domains is merged into it. */
export function withWarning(found: readonly Warning[], warning: Warning): readonly Warning[] {
  const before = found.find((one) => subjectOf(one) === subjectOf(warning))
  if (!before) return FIRST.includes(warning.kind) ? [warning, ...found] : [...found, warning]
  if (!('domains' in before && 'domains' in warning)) return found
  const domains = [...new Set([...before.domains, ...warning.domains])]
  if (domains.length === before.domains.length) return found
  return found.map((one) => (one === before ? { ...before, domains } : one))
}

/** Identifies a warning apart from its domains and the problem of the first of them. */
function subjectOf(warning: Warning): string {
  return JSON.stringify({ ...warning, domains: undefined, problem: undefined })
}

/**
 * What people may have to know:
 *
 * - `failed`: the run stopped by an error; subject: its code.
 * - `domainFailed`: a domain holds the group back; subject: the domain.
 * - `discoveryFailed`: the list of domains could not be read to the end, and holds the group back.
 * - `receiversRefuse`: receivers refused the new key until `propagation.max`.
 * - `streamsLeft`: running streams can still sign with a leaked key, although they were cut.
 * - `tooShort`: the run has too little time to read the group's domains.
 * - `superseded`: another run took over.
 * - `clocksDisagree`: the clocks are so far apart that no key is retired or revoked, and no stream is cut, by time.
 * - `driftRepaired`: a domain was not on the group's key and was repaired; subject: the domain.
 * - `keyFound`: something else set a key; subject: its kid.
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
  /** null if the code has no subject, and for a cause that stands for many. */
  readonly subject: string | null
  /** Number of subjects, if they are too many to be causes of their own. */
  readonly total?: number
  /** Part of an emergency that is not finished. */
  readonly urgent?: true
}
