import { RotatorError } from '../../../core/errors.ts'

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

/** One thing that was looked at. */
export interface Check {
  readonly id: CheckId
  /** What it is about: an account, a secret, a domain, a group, a URL, a function. */
  readonly subject: string
  readonly status: CheckStatus
  /** What was found. */
  readonly message: string
  /** What to do about it; null where nothing is to be done. */
  readonly fix: string | null
}

export function ok(id: CheckId, subject: string, message: string): Check {
  return { id, subject, status: 'ok', message, fix: null }
}

export function warn(id: CheckId, subject: string, message: string, fix: string): Check {
  return { id, subject, status: 'warn', message, fix }
}

export function fail(id: CheckId, subject: string, message: string, fix: string): Check {
  return { id, subject, status: 'fail', message, fix }
}

export function skipped(id: CheckId, subject: string, message: string, fix: string | null = null): Check {
  return { id, subject, status: 'skipped', message, fix }
}

/**
 * What it means for a check that a call failed. The message of a denial names the RAM action.
 *
 * @throws Whatever is no error of a call, and what was stopped.
 */
export function failure(
  id: CheckId,
  subject: string,
  error: unknown,
  status: 'fail' | 'warn' = 'fail',
): Check {
  if (!(error instanceof RotatorError) || error.code === 'deadline') throw error
  return { id, subject, status, message: error.message, fix: FIXES[error.code] ?? 'try again later' }
}

const FIXES: Partial<Record<RotatorError['code'], string>> = {
  denied: 'grant that action to the caller: the policies that `init` writes have it',
  badCredentials:
    'set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run `aliyun configure`',
  notFound: 'check the name, the region and the account',
  deletionWindow: 'restore the secret with RestoreSecret, or configure another name',
  keyset: 'live-key-rotator keyset --restore',
  unavailable: 'check the endpoint and the way to it, then try again',
  timeout: 'check the endpoint and the way to it, then try again',
  invalidAnswer: 'check the endpoint, and whether a proxy answers in its place',
  config: 'correct rotation.yaml',
}
