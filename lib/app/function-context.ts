import * as v from 'valibot'
import { RotatorError } from '../core/errors.ts'
import type { RotationEnvironment } from '../rotation/ports.ts'

/**
 * What the rotator needs from the context that Function Compute passes to every invocation (help.aliyun.com, Function
 * Compute, "context").
 */
export interface FunctionContext {
  readonly requestId: string
  /** The account of the function and its role. */
  readonly accountId: string | undefined
  readonly credentials: {
    readonly accessKeyId: string
    readonly accessKeySecret: string
    readonly securityToken?: string
  }
  /** Seconds. */
  readonly function: { readonly timeout: number }
}

/** Reserved at the end of a run, so that a call under way can finish and the report is returned. */
const RESERVE_MS = 30_000
/** Function Compute's own default, in seconds. */
const DEFAULT_TIMEOUT = 3

const filled = v.pipe(v.string(), v.minLength(1))
const contextSchema = v.object({
  requestId: v.fallback(v.string(), 'unknown'),
  accountId: v.fallback(v.optional(filled), undefined),
  credentials: v.object({
    accessKeyId: filled,
    accessKeySecret: v.string(),
    securityToken: v.fallback(v.optional(filled), undefined),
  }),
  function: v.fallback(v.object({ timeout: v.pipe(v.number(), v.gtValue(0)) }), { timeout: DEFAULT_TIMEOUT }),
})

/**
 * When a run that began at `startedAt` must end, in wall-clock milliseconds: after the function's timeout less 30 s.
 * Its waits end by then (`waitUntil`), and it starts nothing after that (`deadline`). With a timeout under a minute, at
 * least half is for work, so that even a run with 30 s or less, which never waits, makes progress (docs/deploying.md,
 * "How many domains").
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
 * @throws RotatorError `config` if there are no credentials because the function has no role.
 */
export function readContext(context: unknown): FunctionContext {
  const read = v.safeParse(contextSchema, context)
  if (read.success) {
    const { accountId, credentials, ...others } = read.output
    const { securityToken, ...ids } = credentials
    return {
      ...others,
      accountId,
      credentials: { ...ids, ...(securityToken !== undefined && { securityToken }) },
    }
  }
  throw new RotatorError(
    'config',
    'the context has no credentials: give the function a role (docs/deploying.md)',
  )
}
