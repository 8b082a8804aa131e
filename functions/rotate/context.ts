import { RotatorError } from '../../lib/core/errors.ts'
import type { RotationEnvironment } from '../../lib/rotation/ports.ts'

/**
 * What the rotator needs of the context that Function Compute passes to every invocation
 * (help.aliyun.com, Function Compute, "context").
 */
export interface FunctionContext {
  readonly requestId: string
  /** The account of the function, and of its role. */
  readonly accountId?: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly accessKeySecret: string
    readonly securityToken?: string
  }
  readonly function: { readonly timeout: number }
}

/** The time that is left untouched at a run's end, so that a call under way can finish and the report is returned. */
const RESERVE_MS = 30_000

/**
 * How long a run that began at `startedAt` may go on, in wall-clock milliseconds:
 *
 * - `deadline`: it begins nothing more after its timeout less 30 s, or after half of a short timeout;
 * - `waitUntil`: its waits end by its timeout less 30 s, so that work can follow. A short timeout has no time for waits.
 */
export function timeOf(
  context: FunctionContext,
  startedAt: number,
): Pick<RotationEnvironment, 'deadline' | 'waitUntil'> {
  const timeoutMs = context.function.timeout * 1000
  return {
    deadline: startedAt + timeoutMs - Math.min(RESERVE_MS, timeoutMs / 2),
    waitUntil: startedAt + Math.max(0, timeoutMs - RESERVE_MS),
  }
}

/**
 * Checks the context, which comes from outside.
 *
 * @throws RotatorError `config` when the function has no role, so that there are no credentials.
 */
export function readContext(context: unknown): FunctionContext {
  const { requestId, accountId, credentials, function: own } = fieldsOf(context)
  const { accessKeyId, accessKeySecret, securityToken } = fieldsOf(credentials)
  const { timeout } = fieldsOf(own)
  if (typeof accessKeyId !== 'string' || accessKeyId === '' || typeof accessKeySecret !== 'string') {
    throw new RotatorError(
      'config',
      'the context has no credentials: give the function a role (docs/operations.md)',
    )
  }
  return {
    requestId: typeof requestId === 'string' ? requestId : 'unknown',
    ...(typeof accountId === 'string' && accountId !== '' && { accountId }),
    credentials: {
      accessKeyId,
      accessKeySecret,
      ...(typeof securityToken === 'string' && securityToken !== '' && { securityToken }),
    },
    // Function Compute's own default, when the context does not say.
    function: { timeout: typeof timeout === 'number' && timeout > 0 ? timeout : 3 },
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
