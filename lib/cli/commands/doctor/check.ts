import { RotatorError } from '../../../core/errors.ts'
import { codeInChinese } from '../../words/problem-words.ts'
import { inBoth, say, type Said } from '../../words/said.ts'

export const CHECK_IDS = [
  'configuration',
  'credentials',
  'clock',
  'kms.secret',
  'kms.read',
  'live.query',
  'live.callback',
  'live.notifyConfig',
  'live.streams',
  'live.list',
  'receiver.accepts',
  'receiver.refuses',
  'receiver.instances',
  'function.exists',
  'function.settings',
  'function.timers',
  'function.configuration',
] as const
export type CheckId = (typeof CHECK_IDS)[number]

export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skipped'

/** The result of one check. */
export interface Check {
  readonly id: CheckId
  /** What it is about: an account, a secret, a domain, a group, a URL, a function. */
  readonly subject: Said
  readonly status: CheckStatus
  /** What was found. */
  readonly message: Said
  /** What to do about it; null if there is nothing to do. */
  readonly fix: Said | null
}

/** A check for programs, the same in every language. */
export interface CheckDocument extends Pick<Check, 'id' | 'status'> {
  readonly subject: string
  readonly message: string
  readonly fix: string | null
}

export function documentOf({ id, subject, status, message, fix }: Check): CheckDocument {
  return { id, subject: subject.en, status, message: message.en, fix: fix?.en ?? null }
}

export function ok(id: CheckId, subject: string | Said, message: Said): Check {
  return { id, subject: inBoth(subject), status: 'ok', message, fix: null }
}

export function warn(id: CheckId, subject: string | Said, message: Said, fix: Said): Check {
  return { id, subject: inBoth(subject), status: 'warn', message, fix }
}

export function fail(id: CheckId, subject: string | Said, message: Said, fix: Said): Check {
  return { id, subject: inBoth(subject), status: 'fail', message, fix }
}

export function skipped(id: CheckId, subject: string | Said, message: Said, fix: Said | null = null): Check {
  return { id, subject: inBoth(subject), status: 'skipped', message, fix }
}

/**
 * The result of a check whose call failed. The message of a denial names the RAM action.
 *
 * @throws Any error that does not come from a call, and a stop.
 */
export function failure(
  id: CheckId,
  subject: string | Said,
  error: unknown,
  status: 'fail' | 'warn' = 'fail',
): Check {
  if (!(error instanceof RotatorError) || error.code === 'deadline') throw error
  return {
    id,
    subject: inBoth(subject),
    status,
    message: say(error.message, `${codeInChinese(error.code)}：${error.message}`),
    fix: FIXES[error.code] ?? say('try again later', '请稍后重试'),
  }
}

const REACH = say('check the endpoint and the network, then try again', '请检查服务地址和网络，然后重试')

const FIXES: Partial<Record<RotatorError['code'], Said>> = {
  denied: say(
    'grant that action to the caller: the policies that `init` writes have it',
    '请给调用者授予该操作的权限：`init` 写出的权限策略里有',
  ),
  badCredentials: say(
    'set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run `aliyun configure`',
    '请设置 ALIBABA_CLOUD_ACCESS_KEY_ID 和 ALIBABA_CLOUD_ACCESS_KEY_SECRET，或执行 `aliyun configure`',
  ),
  notFound: say('check the name, the region and the account', '请检查名称、地域和账号'),
  deletionWindow: say(
    'restore the secret with RestoreSecret, or configure another name',
    '请用 RestoreSecret 恢复该凭据，或在配置中换一个名称',
  ),
  keyset: inBoth('live-key-rotator keyset --restore'),
  unavailable: REACH,
  timeout: REACH,
  invalidAnswer: say(
    'check the endpoint, and whether a proxy answers in its place',
    '请检查服务地址，以及是否有代理代为应答',
  ),
  config: say('correct rotation.yaml', '请更正 rotation.yaml'),
}
