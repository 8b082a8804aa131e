import { number } from '../../core/counts.ts'
import { namesInChinese as names } from '../../core/names.ts'
import { revisionOf } from '../../keyset/version-id.ts'
import type { Texts } from './english.ts'
import { untranslated, type Change, type EventTexts } from './events.ts'
import { findingText, type FindingTexts, type LackingEvidence } from './findings.ts'
import type { AffectedStreams, PlanTexts } from './plan-tasks.ts'

/** Maximum number of domains listed where people may have to look at each. */
const NAMED_DOMAINS = 50
const NAMED_STREAMS = 20

export const chineseFindings: FindingTexts = {
  currentIsBehind: ({ secret, version }) =>
    `凭据 ${secret} 的 ACSCurrent 指向版本 ${version}，不是最新的密钥集；reconcile 会把它移过来`,
  currentMovedForward: ({ secret, version }) =>
    revisionOf(version) === 0
      ? `凭据 ${secret} 的 ACSCurrent 曾指向版本 ${version}，而它不是密钥集；密钥集已重新保存。` +
        '请查明还有谁在写这个凭据并予以制止：KMS 只保留十个版本'
      : `凭据 ${secret} 的 ACSCurrent 曾指向版本 ${version}，不是最新的密钥集；已移到最新版本`,
  keysetRestored: ({ problem }) => `最新的密钥集无效，应急处理已从最新的有效版本继续：${problem.message}`,
  domainsNotListed: ({ suffix, problem }) => `无法读取以 ${suffix} 结尾的域名列表：${problem.message}`,
  domainsGone: ({ domains }) =>
    `${number(domains.length)} 个自动发现的域名已不存在，不再管理：${names(domains, NAMED_DOMAINS)}`,
  domainsUnlisted: ({ domains }) =>
    `${names(domains)}：以前自动发现，现在不再列为在线，但仍然存在，因此继续管理。如需停止，请加入 discover.exclude`,
  unknownKey: ({ kid, domains }) => `${names(domains)} 上的密钥 ${kid} 不在密钥集里`,
  drifted: ({ domains }) => `${names(domains)}：不在当前密钥上，或鉴权已关闭；reconcile 会修复`,
  keyFound: ({ kid, domains }) =>
    `有人绕过轮转程序，在 ${names(domains)} 上设置了密钥 ${kid}：已记录，不受信任。用它签名的回调会被隔离，` +
    '域名会改回原密钥。请查明是谁设置的；如果本来就应如此，adopt: trust 会收入这样的密钥',
  everyDomainKnown: () =>
    '该组域名太多，无法记住哪些是已知的：新域名上发现的密钥不受信任。请拆分该组，或让新域名加入时不带密钥',
  driftRepaired: ({ domains, kid }) =>
    `${names(domains, NAMED_DOMAINS)}：不在当前密钥上，或鉴权已关闭；已重新设为 ${kid}`,
  domainsAdded: ({ domains, kid }) => `${names(domains, NAMED_DOMAINS)}：原来没有密钥，已设为当前密钥 ${kid}`,
  notifyConfigSigns: ({ domains }) =>
    `${names(domains)}：截图回调由域名的 SnapshotNotifyConfig 签名，该组并不轮转它。请把这些域名放进 ` +
    'authSource: notifyConfig 的组，或删除该配置',
  notifyConfigNotRead: ({ domains, problem }) =>
    `无法读取 ${names(domains)} 的 SnapshotNotifyConfig：${problem.message}`,
  clocksDisagree: ({ aheadMs, skewMs }) =>
    `阿里云的时钟比本机${aheadMs > 0 ? '快' : '慢'} ${number(Math.abs(aheadMs) / 1_000)} 秒，超过 overlap.clockSkew ` +
    `（${number(skewMs / 1_000)} 秒）的余量：本次不按时间清除、作废密钥，也不切断任何流。请校准本机时钟（NTP）后执行 ` +
    'reconcile，或调大 overlap.clockSkew',
  foundKeysRefused: ({ kids }) =>
    `密钥集放不下在域名上发现的 ${number(kids.length)} 个密钥：用它们签名的回调会被拒绝`,
  leakedKeysRefused: ({ kids }) =>
    `密钥集放不下 ${number(kids.length)} 个泄露的密钥（${names(kids)}），已立即作废：无论对正在推的流作何选择，` +
    '用它们签名的回调都会被拒绝',
  storedLate: ({ lateMs }) =>
    `KMS 保存新密钥的时间比本机时钟晚 ${Math.round(lateMs / 1_000)} 秒，等待接收端的时间也相应延长：保存较慢，或本机时钟偏慢`,
  requestServed: ({ request, at }) =>
    `这次 ${request} 请求已在 ${at} 执行过，现在什么也没做；换一个 id 就是新的请求`,
  freshKeyKept: ({ kid, leaked, took }) =>
    (took ? '' : '本次应急没有取消任何密钥的信任：') +
    (leaked ? `密钥 ${kid} 被指为泄露，但仍受信任` : `沿用上一次应急的密钥 ${kid}`) +
    '，对正在推的流的选择也不变；换一个 id 并加 --force 会再换一个新密钥',
  emergencyContinued: ({ kid, since }) =>
    `本次没有再取消任何密钥的信任：应急从 ${since} 开始，继续使用它的新密钥 ${kid}；换一个 id 并加 --force 会重新开始一次`,
  distrustedBefore: ({ kids }) =>
    `本次应急没有取消任何密钥的信任：${names(kids)} 早已不受信任。仍然换了一个新密钥`,
  leakedElsewhere: ({ kids }) => `该组没有泄露的密钥 ${kids.join('、')}，不做改动`,
  receiverRefuses: ({ url, detail }) => `接收端 ${url} 不接受新密钥：${answerInChinese(detail)}`,
  evidenceLacking: ({ receivers }) =>
    `等满了接收端的全部等待时间，因为并非每个实例都证明自己已获知新密钥：${receivers.map(lackingEvidence).join('；')}`,
  receiverTrustsLeaked: ({ url, instances }) =>
    `接收端 ${url} 仍然接受泄露的密钥` +
    (instances.length > 0 ? `（${number(instances.length)} 个实例：${names(instances)}）` : '') +
    '；能读取 KMS 的会在一个 ttl 内停止，不能的要等 maxStale：请重启它',
  streamsNotListed: ({ domains, problem }) =>
    `无法列出 ${names(domains)} 正在推的流：旧密钥视为仍在使用，予以保留。${problem.message}`,
  streamsNotCut: ({ streams, problem }) =>
    `${number(streams.length)} 路流无法切断（${names(streams, NAMED_STREAMS)}）：${problem.message}`,
  keyExpired: ({ kid, streams, domains }) =>
    `密钥 ${kid} 到了 overlap.max，已清除，但可能还有 ${number(streams.length)} 路正在推的流用它签名` +
    (streams.length > 0 ? `（${names(streams, NAMED_STREAMS)}）` : '') +
    (domains.length > 0 ? `；无法读取 ${names(domains)} 的流或密钥` : '') +
    '：重新推流之前，它们的回调会被拒绝',

  domainsFailed: ({ failed, total }) =>
    `${total} 个域名中有 ${failed.length} 个失败：${names(failed.map(({ domain, code }) => `${domain} (${code})`))}。` +
    '请修复或移除它们，或加入 apply.tolerate；下一次运行会继续',
  domainsUnknown: () => '域名列表没有读全，因此不切换也不清除任何密钥；下一次运行会继续',
  keysUnknown: ({ failed }) =>
    `无法读取 ${names(failed.map(({ domain, code }) => `${domain} (${code})`))} 的密钥，因此没有保存第一份密钥集：` +
    '使用它的接收端会拒绝这些域名的回调。请修复或移除它们，或加入 apply.tolerate；下一次运行会继续',
  receiversRefuse: ({ receivers }) =>
    '直到 propagation.max，接收端仍拒绝用新密钥签名的探测：' +
    `${receivers.map(({ url, detail }) => `${url}（${answerInChinese(detail)}）`).join('、')}。不再切换其他域名。` +
    '请修复接收端后再次轮转，或用 rollback 回滚',
  streamsLeft: ({ streams, domains }) =>
    `${number(streams.length)} 路正在推的流仍在使用泄露的密钥` +
    (streams.length > 0 ? `（${names(streams)}）` : '') +
    (domains.length > 0 ? `，并且无法列出 ${names(domains)} 的流` : '') +
    '。该密钥仍记为泄露，用它签名的回调不受信任；下一次 reconcile 会继续',
  tooShort: ({ total }) =>
    `运行时间太短，按每秒 throttle.query 次调用读不完 ${number(total)} 个域名。请延长函数的超时时间，或拆分该组`,
  superseded: () => '另一次运行已经继续，本次不再设置；由它或下一次 reconcile 完成',
}

function lackingEvidence({ url, expected, seen, why, detail }: LackingEvidence): string {
  const reasons = {
    moreInstances: `有 ${seen} 个实例应答，而 propagation.instances 写的是 ${expected}；请更正`,
    noEvidence: '应答中没有证明；请升级那里的接收端库，或放行应答头',
    tooFew: `${expected} 个实例中有 ${seen} 个应答，最近一次${answerInChinese(detail)}`,
  }
  return `${url}（${reasons[why]}）`
}

const ANSWERS: readonly (readonly [RegExp, (found: string) => string])[] = [
  [/^it answered (\d+)$/, (status) => `返回 ${status}`],
  [/^no answer in (\S+) s$/, (seconds) => `${seconds} 秒内没有应答`],
  [/^no connection ?(.*)$/, (code) => `无法连接 ${code}`.trim()],
]

/** What came of a probe. A report keeps it in English; there is nothing else that it can be. */
export function answerInChinese(detail: string): string {
  for (const [pattern, tell] of ANSWERS) {
    const found = pattern.exec(detail)?.[1]
    if (found !== undefined) return tell(found)
  }
  return detail
}

const changes: Readonly<Record<Change, string>> = {
  cutOff: '应急：泄露的密钥已取消信任，新密钥已写入',
  distrusted: '应急：又有泄露的密钥取消了信任',
  staged: '新密钥已写入密钥集',
  rolledBack: '以前的密钥重新写入',
  imported: '已收入域名上已有的密钥',
  promoted: '所有能访问的域名都已使用新密钥',
  known: '已知域名有变化',
  cleared: '域名已不再使用旧密钥',
  retired: '旧密钥已清除',
  revoked: '被切断的流已全部消失',
  savedAgain: 'ACSCurrent 曾指向密钥集以外的内容',
  restored: '密钥集从最新的有效版本继续',
  notices: '已记下通知过的事项',
}

const events: EventTexts = {
  ...untranslated,
  observing: ({ total }) => `读取 ${number(total)} 个域名`,
  observed: ({ domain, code }) => `${domain} ${code === undefined ? '已读取' : `无法读取：${code}`}`,
  inspecting: ({ total }) => `读取 ${number(total)} 个域名的 SnapshotNotifyConfig`,
  inspected: ({ domain }) => `已读取 ${domain} 的 SnapshotNotifyConfig`,
  saved: ({ change }) => changes[change],
  conflict: () => '另一次运行已先行保存',
  staged: ({ kid }) => `密钥 ${kid} 已写入密钥集`,
  waiting: ({ phase, until }) => `${phase === 'draining' ? '等待列出流' : '等待接收端'}，到 ${until}`,
  probe: ({ message }) => answerInChinese(message),
  instanceSeen: ({ url, instance, revision, seen, expected }) =>
    `${url} 的实例 ${instance} 已获知新密钥（修订 ${revision}）` +
    (expected === null ? '' : `，${seen}/${expected}`),
  applying: ({ kid, total }) => `把 ${number(total)} 个域名设为 ${kid}`,
  set: ({ domain, kid }) => `${domain} 已设为 ${kid}`,
  confirmed: ({ domain, kid }) => `${domain} 回读为 ${kid}`,
  promoted: ({ kid }) => `密钥 ${kid} 成为当前密钥`,
  retired: ({ kids }) => kids.join('、'),
  interrupting: ({ total }) => `切断 ${number(total)} 路流`,
  warning: ({ finding }) => findingText(finding, chineseFindings),
  notified: ({ causes }) => causes.join('、'),
}

const plan: PlanTexts = {
  tasks: {
    noEarlierKey: () => '无需操作：没有仍受信任的旧密钥',
    served: () => '无需操作：这个请求已经执行过',
    young: () => '无需操作：当前密钥的使用时间还不到 rotation.minAge；加 --force 可强制轮转',
    stage: () => '向密钥集写入一个新密钥',
    cutOff: () => '一次保存：取消泄露密钥的信任，同时写入新密钥',
    stageEarlier: () => '重新写入上一个密钥',
    waitUntilKnown: () => '等待接收端获知该密钥',
    waitUntilDistrusted: () => '等待所有接收端不再信任泄露的密钥：ttl 加余量',
    set: ({ domains }) => `设置 ${number(domains)} 个域名，并逐个回读`,
    promote: () => '把它设为当前密钥',
    letGo: () => '确认没有流再使用后，清除旧密钥',
    treatStreams: () => '按所选方式处理正在推的流',
    finish: ({ kid }) => `完成待生效的密钥 ${kid}`,
    repair: ({ domains }) => (domains > 0 ? `修复 ${number(domains)} 个域名` : '没有需要修复的域名'),
  },
  choices: {
    quarantine: (affected) => `保留${streamsOn(affected)}；重新推流之前，它们的回调报告为隔离`,
    reject: (affected) => `保留${streamsOn(affected)}；重新推流之前，它们的回调会被拒绝`,
    interrupt: (affected) =>
      `把${streamsOn(affected)}各切断一次，约 ${affected.seconds} 秒；编码器会重新推流`,
  },
}

function streamsOn({ streams, domains }: AffectedStreams): string {
  return ` ${number(domains)} 个域名上正在推的 ${number(streams)} 路流`
}

export const chinese: Texts = { findings: chineseFindings, events, plan }
