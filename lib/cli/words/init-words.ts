import type { InEachLanguage } from '../../core/language.ts'
import { say } from './said.ts'

/** What `init` asks, and what it says that it wrote. */
export interface InitWords {
  readonly reading: string
  readonly region: string
  readonly suffix: string
  readonly secret: string
  readonly receivers: string
  readonly doctor: string
  readonly wrote: string
  readonly purpose: string
  readonly policies: string
}

const english: InitWords = {
  reading: 'reading the account; nothing is changed',
  region: 'Region of KMS and Function Compute:',
  suffix: 'Domains end with (empty: all of the account, by name):',
  secret: 'KMS secret for the keys:',
  receivers: 'Which receivers verify with the new keys already? They must accept a key before it is used.',
  doctor: 'Look at everything that a rotation needs (doctor)?',
  wrote: 'written',
  purpose: 'what it is for',
  policies: 'The policies: RAM console, Policies, Create Policy, JSON; then attach each as it says above.',
}

const chinese: InitWords = {
  reading: '正在读取账号，不做任何改动',
  region: 'KMS 和函数计算的地域：',
  suffix: '域名后缀（留空：账号下的全部域名，逐个列出）：',
  secret: '存放密钥的通用凭据（KMS 凭据管理）：',
  receivers: '哪些接收端已能用新密钥校验？密钥启用之前，它们必须先接受它。',
  doctor: '检查轮转所需的一切（doctor）吗？',
  wrote: '已写入',
  purpose: '用途',
  policies: '权限策略：RAM 控制台 > 权限策略 > 创建权限策略 > 脚本编辑；然后按上面的说明逐一授权。',
}

export const initWords: InEachLanguage<InitWords> = { en: english, zh: chinese }

/** What the files are for. */
export const purposes = {
  config: say('what is rotated, and how', '轮转什么、如何轮转'),
  schema: say('lets editors check rotation.yaml', '供编辑器检查 rotation.yaml'),
}
