import { number } from '../../core/counts.ts'
import { humanAge } from '../text/human.ts'
import { reportWords } from '../words/report-words.ts'
import type { PageTexts } from './page-texts.ts'

const { outcomes, phases, states, found, revision, noKeyset } = reportWords.zh

export const chinesePage: PageTexts = {
  language: 'zh',
  lang: 'zh-CN',
  title: '截图回调鉴权密钥',
  asOf: (time) => `截至 ${time}`,
  live: '自动刷新',
  reading: '正在读取密钥集和域名…',
  notRead: (message) => `未能读取：${message}`,
  outcomes,
  phases,
  states,
  found,
  meanings: {
    published: '已发布，正在设置',
    current: '域名正在使用',
    draining: '只有正在推的流用它签名',
    compromised: '不受信任',
  },
  revision: (made) => (made === null ? noKeyset : revision(made)),
  keys: '密钥',
  domains: '域名',
  receivers: '接收端',
  streams: '仍用旧密钥的流',
  needsYou: '需要处理',
  next: '下一步',
  warnings: '警告',
  none: '无',
  now: '现在',
  age: (ms) => humanAge(ms, 'zh'),
  onKey: (on, total, kid) => `${number(on)}/${number(total)} 个域名使用密钥 ${kid}`,
  failed: (failed) => `${number(failed)} 个域名失败`,
  moreKeys: (more) => `另有 ${number(more)} 个密钥`,
  dueFrom: (time) => `下一次轮转从 ${time} 起到期。`,
  waitingUntil: (time) => `等待接收端，到 ${time}。`,
  columns: {
    instance: '实例',
    revision: '修订',
    seen: '首次看到',
    verdict: '探测结果',
    key: '密钥',
    runningStreams: '正在推的流',
    oldestPush: '最早推流',
    domains: '域名',
  },
  accepts: '接受该密钥',
  refuses: '拒绝该密钥',
  trusts: '仍信任泄露的密钥',
  noInstances: '没有证明',
  unknownStreams: '未知',
  spanText: (meaning, from, until) =>
    from === null
      ? `${meaning}，${until === null ? '发现之前就已如此' : `直到 ${until}`}`
      : `${meaning}，从 ${from} ${until === null ? '起' : `到 ${until}`}`,
  way: '最新密钥的进程',
  stations: { staged: '已暂存', published: '已发布', applied: '已设置', retired: '旧密钥退役' },
  progress: { done: '完成', now: '进行中', next: '未开始' },
  knowIt: (instances, expected) =>
    `${number(instances)}${expected === null ? '' : `/${number(expected)}`} 个实例已知道`,
  onIt: (domains, total) => `${number(domains)}/${number(total)} 个域名`,
  heldBy: (streams) => `${number(streams)} 条正在推的流可能仍用旧密钥签名`,
  by: (time) => `最迟 ${time}`,
  notBefore: (time) => `不早于 ${time}`,
  instancesSeen: (seen, expected) =>
    `看到 ${number(seen)}${expected === null ? '' : `/${number(expected)}`} 个实例`,
  emergency: {
    title: (kids) => `应急：${kids} 已泄露`,
    allSafe: (safe) =>
      safe === 1 ? '被探测的实例已不再信任它' : `全部 ${number(safe)} 个实例都已不再信任它`,
    someTrust: (trusting) => `还有 ${number(trusting)} 个实例信任它`,
    safeOf: (safe, expected) =>
      `${number(safe)}${expected === null ? '' : `/${number(expected)}`} 个实例已不再信任它`,
    stillTrust: '仍信任它',
    until: (time) => `未看到的实例最迟在 ${time} 不再信任它`,
    since: (time) => `从 ${time} 起，能读取密钥集的接收端都已不再信任它`,
    countdown: '还剩 {} 秒',
  },
}
