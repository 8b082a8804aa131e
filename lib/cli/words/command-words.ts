import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'

/** The texts of the smaller commands. */
export interface CommandWords {
  readonly localCredentials: string
  readonly pageAt: (url: string) => string
  readonly pageEnded: string
  readonly pageWritten: (file: string, groups: number, at: string) => string
  readonly keysetValid: (group: string, revision: number | null) => string
  readonly restored: (group: string, revision: number, source: string) => string
  /** `at` is null if no valid version is left. */
  readonly restoreSource: (at: string | null, keys: number) => string
  readonly restoreAsk: (problem: string, source: string) => string
  readonly saveSo: string
}

const english: CommandWords = {
  localCredentials: 'using the credentials of the local cloud, as both endpoints are on this machine',
  pageAt: (url) => `The page is at ${url}; Ctrl-C closes it.`,
  pageEnded: 'The page is closed.',
  pageWritten: (file, groups, at) => `${file}: ${count(groups, 'group')}, as of ${at}`,
  keysetValid: (group, revision) =>
    `the keyset of group ${group} is valid (revision ${revision ?? 'none yet'}): nothing to restore`,
  restored: (group, revision, source) =>
    `the keyset of group ${group} continues as revision ${revision}, ${source}`,
  restoreSource: (at, keys) =>
    at === null
      ? 'with the keys that the domains are set to: no valid version is left'
      : `from the newest valid version, of ${at}, with ${count(keys, 'key')}`,
  restoreAsk: (problem, source) => `${problem}.\nIt can continue under a new lineage, ${source}`,
  saveSo: '. Save it so?',
}

const chinese: CommandWords = {
  localCredentials: '使用本地云的访问凭证，因为两个服务地址都在本机',
  pageAt: (url) => `页面地址：${url}；按 Ctrl-C 结束。`,
  pageEnded: '页面已结束。',
  pageWritten: (file, groups, at) => `${file}：${number(groups)} 个组，截至 ${at}`,
  keysetValid: (group, revision) =>
    `组 ${group} 的密钥集有效（${revision === null ? '还没有修订' : `修订 ${revision}`}）：无需恢复`,
  restored: (group, revision, source) => `组 ${group} 的密钥集已作为修订 ${revision} 继续，${source}`,
  restoreSource: (at, keys) =>
    at === null
      ? '使用域名上现有的密钥：没有有效的版本'
      : `来自最新的有效版本（${at}），含 ${number(keys)} 个密钥`,
  restoreAsk: (problem, source) => `${problem}\n可以作为新的密钥集继续，${source}`,
  saveSo: '。这样保存吗？',
}

export const commandWords: InEachLanguage<CommandWords> = { en: english, zh: chinese }
