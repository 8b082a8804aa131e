import { count, number } from '../../core/counts.ts'
import type { Language } from '../../core/language.ts'
import type { KeyState } from '../../keyset/keyset.ts'
import type { Outcome, Phase } from '../../rotation/report/report.ts'
import { humanAge } from '../text/human.ts'
import { reportWords } from '../words/report-words.ts'
import type { Station } from './stations.ts'
import type { Segment } from './view.ts'

/** All texts of a page in one language. */
export interface PageTexts {
  readonly language: Language
  /** Of the document, BCP 47. */
  readonly lang: string
  readonly title: string
  readonly asOf: (time: string) => string
  readonly live: string
  readonly reading: string
  readonly notRead: (message: string) => string
  readonly outcomes: Readonly<Record<Exclude<Outcome, 'reported'>, string>>
  readonly phases: Readonly<Record<Phase, string>>
  readonly states: Readonly<Record<KeyState, string>>
  readonly found: string
  readonly meanings: Readonly<Record<Segment['meaning'], string>>
  readonly revision: (revision: number | null) => string
  readonly keys: string
  readonly domains: string
  readonly receivers: string
  readonly streams: string
  readonly needsYou: string
  readonly next: string
  readonly warnings: string
  readonly none: string
  readonly now: string
  readonly age: (ms: number) => string
  readonly onKey: (on: number, total: number, kid: string) => string
  readonly failed: (failed: number) => string
  readonly moreKeys: (more: number) => string
  readonly dueFrom: (time: string) => string
  readonly waitingUntil: (time: string) => string
  readonly columns: {
    readonly instance: string
    readonly revision: string
    readonly seen: string
    readonly verdict: string
    readonly key: string
    readonly runningStreams: string
    readonly oldestPush: string
    readonly domains: string
  }
  readonly accepts: string
  readonly refuses: string
  readonly trusts: string
  readonly noInstances: string
  readonly unknownStreams: string
  readonly spanText: (meaning: string, from: string | null, until: string | null) => string
  readonly way: string
  readonly stations: Readonly<Record<Station['name'], string>>
  readonly progress: Readonly<Record<Station['progress'], string>>
  readonly knowIt: (instances: number, expected: number | null) => string
  readonly onIt: (domains: number, total: number) => string
  readonly heldBy: (streams: number) => string
  readonly by: (time: string) => string
  readonly notBefore: (time: string) => string
  readonly instancesSeen: (seen: number, expected: number | null) => string
  readonly emergency: {
    readonly title: (kids: string) => string
    readonly allSafe: (safe: number) => string
    readonly someTrust: (trusting: number) => string
    readonly safeOf: (safe: number, expected: number | null) => string
    readonly stillTrust: string
    readonly until: (time: string) => string
    readonly since: (time: string) => string
    /** `{}` becomes the number of seconds, in the browser. */
    readonly countdown: string
  }
}

const { outcomes, phases, states, found, revision, noKeyset } = reportWords.en

export const englishPage: PageTexts = {
  language: 'en',
  lang: 'en',
  title: 'Snapshot callback keys',
  asOf: (time) => `As of ${time}`,
  live: 'refreshes itself',
  reading: 'Reading the keyset and the domains…',
  notRead: (message) => `Not read: ${message}`,
  outcomes: { ...outcomes, notDue: 'not due' },
  phases,
  states,
  found,
  meanings: {
    published: 'published, being set',
    current: 'set on domains',
    draining: 'only running streams sign with it',
    compromised: 'not trusted',
  },
  revision: (made) => (made === null ? noKeyset : revision(made)),
  keys: 'Keys',
  domains: 'Domains',
  receivers: 'Receivers',
  streams: 'Running streams on old keys',
  needsYou: 'Needs you',
  next: 'Next',
  warnings: 'Warnings',
  none: 'none',
  now: 'now',
  age: humanAge,
  onKey: (on, total, kid) => `${number(on)} of ${count(total, 'domain')} on key ${kid}`,
  failed: (failed) => `${count(failed, 'domain')} failed`,
  moreKeys: (more) => `and ${count(more, 'more key')}`,
  dueFrom: (time) => `The next rotation is due from ${time}.`,
  waitingUntil: (time) => `Waiting for receivers until ${time}.`,
  columns: {
    instance: 'Instance',
    revision: 'Revision',
    seen: 'First seen',
    verdict: 'Probe',
    key: 'Key',
    runningStreams: 'Running streams',
    oldestPush: 'Oldest push',
    domains: 'Domains',
  },
  accepts: 'accepts the key',
  refuses: 'refuses the key',
  trusts: 'trusts a leaked key',
  noInstances: 'gives no evidence',
  unknownStreams: 'unknown',
  spanText: (meaning, from, until) =>
    from === null
      ? `${meaning} ${until === null ? 'since before it was found' : `until ${until}`}`
      : `${meaning} from ${from}${until === null ? ' on' : ` to ${until}`}`,
  way: 'Progress of the newest key',
  stations: { staged: 'Staged', published: 'Published', applied: 'Applied', retired: 'Old keys retired' },
  progress: { done: 'done', now: 'in progress', next: 'to come' },
  knowIt: (instances, expected) =>
    `${expected === null ? '' : `${number(instances)} of `}${count(expected ?? instances, 'instance')} know it`,
  onIt: (domains, total) => `${number(domains)} of ${count(total, 'domain')}`,
  heldBy: (streams) => `${count(streams, 'running stream')} may still sign with them`,
  by: (time) => `by ${time}`,
  notBefore: (time) => `not before ${time}`,
  instancesSeen: (seen, expected) =>
    `${expected === null ? '' : `${number(seen)} of `}${count(expected ?? seen, 'instance')} seen`,
  emergency: {
    title: (kids) => `Emergency: ${kids} leaked`,
    allSafe: (safe) =>
      safe === 1
        ? 'The probed instance no longer trusts it'
        : `All ${number(safe)} instances no longer trust it`,
    someTrust: (trusting) => `${count(trusting, 'instance')} still ${trusting === 1 ? 'trusts' : 'trust'} it`,
    safeOf: (safe, expected) =>
      `${number(safe)}${expected === null ? '' : ` of ${number(expected)}`} instances no longer trust it`,
    stillTrust: 'Still trust it',
    until: (time) => `Instances that were not seen stop trusting it by ${time}`,
    since: (time) => `No receiver that reads the keyset has trusted it since ${time}`,
    countdown: '{} s left',
  },
}
