import type { ErrorCode } from '../../core/errors.ts'

/** What each kind of error means. The messages of errors stay as thrown: they are what people search for. */
const chinese: Readonly<Record<ErrorCode, string>> = {
  throttled: '被限流',
  unavailable: '服务暂不可用',
  timeout: '超时',
  invalidAnswer: '应答无效',
  notFound: '不存在',
  denied: '没有 RAM 权限',
  badCredentials: '访问凭证无效',
  conflict: '与另一次运行冲突',
  alreadyExists: '已存在',
  deletionWindow: '凭据处于待删除状态',
  invalidRequest: '请求无效',
  usage: '用法错误',
  config: '配置有误',
  keyset: '密钥集无效',
  keysetFull: '密钥集已满',
  noKeyset: '还没有密钥集',
  noRollback: '没有可回滚的密钥',
  notConfirmed: '回读不一致',
  fenced: '已有更新的运行',
  deadline: '已停止或时间不够',
  functionError: '函数出错',
  rotationFailed: '轮转未完成',
  unexpected: '程序缺陷',
}

const BY_CODE: ReadonlyMap<string, string> = new Map(Object.entries(chinese))

/** The code of an error, with what it means. */
export function codeInChinese(code: string): string {
  const meaning = BY_CODE.get(code)
  return meaning === undefined ? code : `${meaning}，${code}`
}

/** Errors whose message is always the same, with their advice. */
const PLAIN: ReadonlyMap<string, string> = new Map<ErrorCode, string>([
  ['noRollback', '该组没有仍受信任的旧密钥；请改为开始一次新的轮转'],
  [
    'keysetFull',
    '密钥集放不下新的密钥；请让旧密钥退出（让用它签名的流重新推流，或调低 overlap.max），或拆分该组',
  ],
])

/** Why a group failed or is incomplete. */
export function problemInChinese(code: string, message: string): string {
  return `${codeInChinese(code)}：${PLAIN.get(code) ?? message}`
}
