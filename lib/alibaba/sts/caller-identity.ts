import type { Credentials } from '../transport/credentials.ts'
import { plainRead } from '../transport/plain-call.ts'

/** The owner of credentials. */
export interface CallerIdentity {
  readonly accountId: string
  /** `acs:ram::<account>:user/<name>` and the like. */
  readonly arn: string
}

/**
 * Asks STS (GetCallerIdentity) whose credentials these are. Makes one call, which needs no permission.
 *
 * @param endpoint - `scheme://host[:port]`, for example `https://sts.cn-shanghai.aliyuncs.com`.
 * @throws RotatorError `badCredentials`, or another error of the call.
 *
 * @example
 * ```ts
 * const { accountId } = await callerIdentity('https://sts.cn-shanghai.aliyuncs.com', await credentials.get())
 * ```
 */
export async function callerIdentity(endpoint: string, credentials: Credentials): Promise<CallerIdentity> {
  const answer = await plainRead(
    { product: 'sts', endpoint, action: 'GetCallerIdentity', params: {}, credentials },
    'these credentials',
  )
  return { accountId: answer.text('AccountId'), arn: answer.optionalText('Arn') }
}
