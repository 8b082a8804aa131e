import type { InEachLanguage } from '../../core/language.ts'

/** What `init` asks, and what it says that it wrote. Its notes are of what programs read, too, and stay in English. */
export interface InitWords {
  readonly region: string
  readonly suffix: string
  readonly secret: string
  readonly receivers: string
  readonly doctor: string
  readonly wrote: string
  readonly purposes: { readonly config: string; readonly schema: string }
  readonly policies: string
}

const english: InitWords = {
  region: 'Region of KMS and Function Compute:',
  suffix: 'Domains end with (empty: all of the account, by name):',
  secret: 'KMS secret for the keys:',
  receivers: 'Which receivers verify with the new keys already? They must accept a key before it is used.',
  doctor: 'Look at everything that a rotation needs (doctor)?',
  wrote: 'wrote',
  purposes: { config: 'what is rotated, and how', schema: 'what editors check rotation.yaml by' },
  policies: 'The policies: RAM console, Policies, Create Policy, JSON; then attach each as it says above.',
}

const chinese: InitWords = {
  region: 'KMS 和函数计算的地域：',
  suffix: '域名后缀（留空：账号下的全部域名，逐个列出）：',
  secret: '存放密钥的通用凭据（KMS 凭据管理）：',
  receivers: '哪些接收端已能用新密钥校验？密钥启用之前，它们必须先接受它。',
  doctor: '检查轮转所需的一切（doctor）吗？',
  wrote: '已写入',
  purposes: { config: '轮转什么、如何轮转', schema: '供编辑器检查 rotation.yaml' },
  policies: '权限策略：RAM 控制台 > 权限策略 > 创建权限策略 > 脚本编辑；然后按上面的说明逐一授权。',
}

export const initWords: InEachLanguage<InitWords> = { en: english, zh: chinese }
