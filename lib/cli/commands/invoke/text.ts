import type { FunctionTarget } from '../../../alibaba/fc/invoke-target.ts'
import { plainText } from '../../../core/plain-text.ts'
import type { Style } from '../../style.ts'

/** Everything that `invoke` says besides a report. */
export const invokeText = {
  invoking: ({ functionName, region }: FunctionTarget, runId: string) =>
    `invoking ${functionName} in ${region}, run ${runId}`,
  following: (taskId: string) => `following task ${taskId}`,
  queued: (taskId: string) => `queued as task ${taskId}`,
  status: (taskId: string, status: string, retries: number) =>
    `task ${taskId}: ${status}${retries === 0 ? '' : `, retry ${retries}`}`,
  atWork: (took: string) => `the function is at work, ${took}`,
  succeeded: (taskId: string) => `task ${taskId} succeeded; its report is not shown to this account`,
  differs: (parts: readonly string[]) =>
    `the function runs by another configuration than yours: ${parts.join(', ')} differ. Deploy yours, or name the function's with --config`,
  busy: ({ functionName }: FunctionTarget) =>
    `function ${functionName} is at work on another run, and only one runs at a time. An emergency does not wait for it: run it from here, the two agree through the keyset`,
  noReport: ({ functionName }: FunctionTarget) =>
    `function ${functionName} answered something that is no report: check that it is the rotator`,
  leftAlone: 'stopped waiting; the function, or its next run, continues',
  keysetUnread: (code: string | undefined) =>
    `the keyset cannot be read from here${code === undefined ? '' : ` (${code})`}, so nothing is shown before the function has ended`,
  log: (log: string, { color }: Style) =>
    `${color.bold('the end of the function’s log:')}\n${color.dim(plainText(log).trimEnd())}`,
}
