import { count, number } from '../../core/counts.ts'
import { names } from '../../core/names.ts'
import { revisionOf } from '../../keyset/version-id.ts'
import { untranslated, type Change, type EventTexts } from './events.ts'
import { findingText, type FindingTexts, type LackingEvidence } from './findings.ts'
import type { AffectedStreams, PlanTexts } from './plan-tasks.ts'

/** Maximum number of domains listed where people may have to look at each. */
const NAMED_DOMAINS = 50
const NAMED_STREAMS = 20

/** All texts of the report and the log in one language. */
export interface Texts {
  readonly findings: FindingTexts
  readonly events: EventTexts
  readonly plan: PlanTexts
}

const findings: FindingTexts = {
  currentIsBehind: ({ secret, version }) =>
    `ACSCurrent of secret ${secret} points to version ${version}, which is not the newest keyset; reconcile moves it`,
  currentMovedForward: ({ secret, version }) =>
    revisionOf(version) === 0
      ? `ACSCurrent of secret ${secret} was on version ${version}, which is not a keyset; the keyset was saved again. ` +
        'Find out what else writes to this secret and stop it: KMS keeps only ten versions'
      : `ACSCurrent of secret ${secret} pointed to version ${version}, which is not the newest keyset; it was moved forward`,
  keysetRestored: ({ problem }) =>
    `the newest keyset is invalid; the emergency continued from the newest valid one: ${problem.message}`,
  domainsNotListed: ({ suffix, problem }) =>
    `the list of domains ending in ${suffix} could not be read: ${problem.message}`,
  domainsGone: ({ domains: [first = '', ...others] }) =>
    others.length === 0
      ? `domain ${first} was found by discovery but no longer exists; skipped`
      : `${number(others.length + 1)} domains were found by discovery but no longer exist; skipped: ` +
        names([first, ...others], NAMED_DOMAINS),
  domainsUnlisted: ({ domains }) =>
    `${names(domains)}: discovery no longer lists these domains as online, but they still exist and are still managed. ` +
    'To stop managing them, exclude them (discover.exclude)',
  unknownKey: ({ kid, domains }) => `key ${kid}, found on ${names(domains)}, is not in the keyset`,
  drifted: ({ domains }) =>
    `${names(domains)}: not on the current key, or authentication is off; reconcile repairs it`,
  keyFound: ({ kid, domains }) =>
    `something other than this rotator set key ${kid} on ${names(domains)}: found, not trusted. Callbacks signed with it ` +
    'are quarantined, and the domain is repaired. Find out who set it; to trust such keys, set adopt: trust',
  everyDomainKnown: () =>
    'the group has too many domains to remember which ones are known, so a key found on a new domain is not trusted. ' +
    'Split the group, or only add domains that have no key yet',
  driftRepaired: ({ domains, kid }) =>
    `${names(domains, NAMED_DOMAINS)}: not on the current key, or authentication was off; set to ${kid} again`,
  domainsAdded: ({ domains, kid }) =>
    `${names(domains, NAMED_DOMAINS)}: had no key yet; set to the current key ${kid}`,
  notifyConfigSigns: ({ domains }) =>
    `${names(domains)}: snapshot callbacks are signed by the SnapshotNotifyConfig of the domain, which this group does not ` +
    'rotate. Move these domains to a group with authSource: notifyConfig, or delete that configuration',
  notifyConfigNotRead: ({ domains, problem }) =>
    `the SnapshotNotifyConfig of ${names(domains)} could not be read: ${problem.message}`,
  clocksDisagree: ({ aheadMs, skewMs }) =>
    `the clock of Alibaba Cloud is ${number(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of ` +
    `this machine, more than overlap.clockSkew (${number(skewMs / 1_000)} s) allows: no key is retired or revoked and no ` +
    'stream is cut by time. Set the clock of this machine (NTP), then reconcile; or raise overlap.clockSkew',
  foundKeysRefused: ({ kids }) =>
    `${count(kids.length, 'key')} found on domains do not fit into the keyset: callbacks signed with them are refused`,
  leakedKeysRefused: ({ kids }) =>
    `the keyset has no room for ${count(kids.length, 'leaked key')} (${names(kids)}), which ${kids.length === 1 ? 'is' : 'are'} ` +
    'revoked at once: callbacks signed with them are refused, whatever was chosen for running streams',
  storedLate: ({ lateMs }) =>
    `KMS stored the staged key ${Math.round(lateMs / 1_000)} s later than this clock says, which extends the wait for ` +
    'receivers: the save was slow, or this clock is behind',
  requestServed: ({ request, at }) =>
    `this ${request} was served at ${at}, and nothing was done now; to start another one, use a new id`,
  freshKeyKept: ({ kid, leaked, took }) =>
    (took ? '' : 'this emergency took no trust away: ') +
    (leaked
      ? `key ${kid} is named as leaked and is still trusted`
      : `key ${kid} of the previous emergency is kept`) +
    ', with the choice made for running streams; to stage another one, use --force with a new id',
  emergencyContinued: ({ kid, since }) =>
    `this emergency took no trust away now: it began at ${since} and continues with its fresh key ${kid}; ` +
    'to start another one, use --force with a new id',
  distrustedBefore: ({ kids }) =>
    `this emergency took no trust away: ${names(kids)} had already lost it. A fresh key was staged anyway`,
  leakedElsewhere: ({ kids }) =>
    `this group has none of the leaked keys ${kids.join(', ')}; nothing was done`,
  receiverRefuses: ({ url, detail }) => `receiver ${url} does not accept the fresh key: ${detail}`,
  evidenceLacking: ({ receivers }) =>
    'the run waited the full time for receivers, because not every instance showed that it knows the new key: ' +
    receivers.map(lackingEvidence).join('; '),
  receiverTrustsLeaked: ({ url, instances }) =>
    `receiver ${url} still accepts a leaked key` +
    (instances.length > 0 ? ` (${count(instances.length, 'instance')}: ${names(instances)})` : '') +
    '; it stops within its ttl if it can read KMS, otherwise within maxStale: restart it',
  streamsNotListed: ({ domains, problem }) =>
    `the running streams of ${names(domains)} could not be listed, so old keys are kept. ${problem.message}`,
  streamsNotCut: ({ streams, problem }) =>
    `${count(streams.length, 'stream')} could not be cut (${names(streams, NAMED_STREAMS)}): ${problem.message}`,
  keyExpired: ({ kid, streams, domains }) =>
    `key ${kid} was dropped by overlap.max, although ${count(streams.length, 'running stream')} may still sign with it` +
    (streams.length > 0 ? ` (${names(streams, NAMED_STREAMS)})` : '') +
    (domains.length > 0 ? `; the streams or the keys of ${names(domains)} could not be read` : '') +
    ': their callbacks are refused until they are pushed again',

  domainsFailed: ({ failed, total }) =>
    `${failed.length} of ${total} domains failed: ${names(failed.map(({ domain, code }) => `${domain} (${code})`))}. ` +
    'Fix or remove them, or add them to apply.tolerate; the next run continues',
  domainsUnknown: () =>
    'the list of domains could not be read to the end, so nothing is promoted or retired; the next run continues',
  keysUnknown: ({ failed }) =>
    `the keys of ${names(failed.map(({ domain, code }) => `${domain} (${code})`))} could not be read, so no first keyset ` +
    'was saved: receivers that use it would refuse the callbacks of these domains. Fix or remove them, or add them to ' +
    'apply.tolerate; the next run continues',
  receiversRefuse: ({ receivers }) =>
    'receivers refused a probe signed with the new key until propagation.max: ' +
    `${receivers.map(({ url, detail }) => `${url} (${detail})`).join(', ')}. No further domain is switched. ` +
    'Fix the receivers and run the rotation again, or roll back',
  streamsLeft: ({ streams, domains }) =>
    `${count(streams.length, 'running stream')} could not be moved off a leaked key` +
    (streams.length > 0 ? ` (${names(streams)})` : '') +
    (domains.length > 0 ? `, and the streams of ${names(domains)} could not be listed` : '') +
    '. The key stays compromised, and its callbacks are not trusted; the next reconcile continues',
  tooShort: ({ total }) =>
    `the time of the run is too short to read its ${count(total, 'domain')} at throttle.query calls a second. ` +
    'Give the function a longer timeout, or split the group',
  superseded: ({ problem }) => problem.message,
}

function lackingEvidence({ url, expected, seen, why, detail }: LackingEvidence): string {
  const reasons = {
    moreInstances: `${seen} instances answered, but propagation.instances is ${expected}; correct the number`,
    noEvidence:
      'an answer had no evidence; update the receiver library there, or let its response headers through',
    tooFew: `${seen} of ${expected} instances answered; the last answer: ${detail}`,
  }
  return `${url} (${reasons[why]})`
}

const changes: Readonly<Record<Change, string>> = {
  cutOff: 'emergency: leaked keys are cut off, a fresh key is staged',
  distrusted: 'emergency: further leaked keys are cut off',
  staged: 'a new key is staged',
  rolledBack: 'an earlier key is staged again',
  imported: 'keys found on domains are imported',
  promoted: 'the key is on every reachable domain',
  known: 'the known domains have changed',
  cleared: 'domains have left old keys',
  retired: 'old keys are retired',
  revoked: 'interrupted streams are gone',
  savedAgain: 'ACSCurrent was not on a keyset',
  restored: 'the keyset continues from the newest valid version',
  notices: 'what people were told is recorded',
}

const events: EventTexts = {
  ...untranslated,
  observing: ({ total }) => `reading ${count(total, 'domain')}`,
  observed: ({ domain, code }) => `${domain} ${code === undefined ? 'was read' : `was not read: ${code}`}`,
  inspecting: ({ total }) => `reading the SnapshotNotifyConfig of ${count(total, 'domain')}`,
  inspected: ({ domain }) => `read the SnapshotNotifyConfig of ${domain}`,
  saved: ({ change }) => changes[change],
  conflict: () => 'another run saved first',
  staged: ({ kid }) => `key ${kid} is staged`,
  waiting: ({ phase, until }) =>
    `waiting ${phase === 'draining' ? 'to list streams' : 'for receivers'} until ${until}`,
  probe: ({ message }) => message,
  instanceSeen: ({ url, instance, revision, seen, expected }) =>
    `instance ${instance} of ${url} knows the new key, with revision ${revision}` +
    (expected === null ? '' : ` (${seen} of ${expected})`),
  applying: ({ kid, total }) => `setting ${count(total, 'domain')} to ${kid}`,
  set: ({ domain, kid }) => `${domain} was set to ${kid}`,
  confirmed: ({ domain, kid }) => `${domain} shows ${kid}`,
  promoted: ({ kid }) => `key ${kid} is the current key`,
  retired: ({ kids }) => kids.join(', '),
  interrupting: ({ total }) => `cutting ${count(total, 'stream')}`,
  warning: ({ finding }) => findingText(finding, findings),
  notified: ({ causes }) => causes.join(', '),
}

const plan: PlanTexts = {
  tasks: {
    noEarlierKey: () => 'nothing: there is no earlier key that is trusted',
    served: () => 'nothing: this request has been carried out',
    young: () => 'nothing: the current key is younger than rotation.minAge; --force rotates it anyway',
    stage: () => 'stage a new key',
    cutOff: () => 'distrust the leaked keys and stage a fresh key, in one save',
    stageEarlier: () => 'stage the key before the current one again',
    waitUntilKnown: () => 'wait until receivers know it',
    waitUntilDistrusted: () => 'wait until no receiver trusts a leaked key: ttl and margin',
    set: ({ domains }) => `set ${count(domains, 'domain')} and read each back`,
    promote: () => 'promote it',
    letGo: () => 'retire old keys once no stream can sign with them',
    treatStreams: () => 'treat running streams as chosen',
    finish: ({ kid }) => `finish the pending key ${kid}`,
    repair: ({ domains }) => (domains > 0 ? `repair ${count(domains, 'domain')}` : 'nothing to repair'),
  },
  choices: {
    quarantine: (affected) =>
      `leaves ${streamsOn(affected)}; callbacks are reported as quarantined until those are pushed again`,
    reject: (affected) => `leaves ${streamsOn(affected)}; callbacks are refused until those are pushed again`,
    interrupt: (affected) =>
      `cuts ${streamsOn(affected)} once each, in about ${affected.seconds} s; encoders push again`,
  },
}

function streamsOn({ streams, domains }: AffectedStreams): string {
  return `${count(streams, 'running stream')} on ${count(domains, 'domain')}`
}

export const english: Texts = { findings, events, plan }
