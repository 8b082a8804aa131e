import type { FunctionTarget } from '../../../alibaba/fc/invoke-target.ts'
import type { InEachLanguage } from '../../../core/language.ts'
import { movingDuration } from '../../text/human.ts'

/** The texts of `invoke` besides a report. */
export interface InvokeWords {
  readonly invoking: (target: FunctionTarget, runId: string) => string
  readonly queueing: (target: FunctionTarget, taskId: string) => string
  readonly following: (taskId: string) => string
  readonly queued: (taskId: string) => string
  readonly status: (taskId: string, status: string, retries: number) => string
  readonly atWork: (ms: number) => string
  readonly succeeded: (taskId: string) => string
  readonly differs: (parts: readonly string[]) => string
  readonly keysetUnread: (code: string | undefined) => string
  readonly log: string
}

const english: InvokeWords = {
  invoking: ({ functionName, region }, runId) => `invoking ${functionName} in ${region}, run ${runId}`,
  queueing: ({ functionName, region }, taskId) =>
    `queueing a run of ${functionName} in ${region}, task ${taskId}`,
  following: (taskId) => `following task ${taskId}`,
  queued: (taskId) => `queued as task ${taskId}`,
  status: (taskId, status, retries) =>
    `task ${taskId}: ${status}${retries === 0 ? '' : `, retry ${retries}`}`,
  atWork: (ms) => `the function is running, ${movingDuration(ms)}`,
  succeeded: (taskId) => `task ${taskId} succeeded; its report is not shown to this account`,
  differs: (parts) =>
    `the function uses another configuration than yours: ${parts.join(', ')} differ. Deploy yours, or name the function's with --config`,
  keysetUnread: (code) =>
    `the keyset cannot be read from here${code === undefined ? '' : ` (${code})`}, so nothing is shown before the function has ended`,
  log: 'the end of the function’s log:',
}

const chinese: InvokeWords = {
  invoking: ({ functionName, region }, runId) => `调用 ${region} 的函数 ${functionName}，运行 ${runId}`,
  queueing: ({ functionName, region }, taskId) =>
    `把 ${region} 的函数 ${functionName} 的一次运行放入队列，任务 ${taskId}`,
  following: (taskId) => `跟踪任务 ${taskId}`,
  queued: (taskId) => `已排队，任务 ${taskId}`,
  status: (taskId, status, retries) =>
    `任务 ${taskId}：${status}${retries === 0 ? '' : `，第 ${retries} 次重试`}`,
  atWork: (ms) => `函数运行中，${movingDuration(ms, 'zh')}`,
  succeeded: (taskId) => `任务 ${taskId} 已成功；它的报告不对该账号开放`,
  differs: (parts) =>
    `函数使用的配置与本机不同：${parts.join('、')} 不一致。请部署本机的配置，或用 --config 指定函数的配置`,
  keysetUnread: (code) =>
    `在本机无法读取密钥集${code === undefined ? '' : `（${code}）`}，函数结束之前不显示进度`,
  log: '函数日志的末尾：',
}

export const invokeWords: InEachLanguage<InvokeWords> = { en: english, zh: chinese }

/** The messages of its errors, in English for all. */
export const invokeErrors = {
  busy: ({ functionName }: FunctionTarget) =>
    `function ${functionName} is busy with another run, and only one runs at a time. An emergency need not wait for it: run it from here; the two agree through the keyset`,
  noReport: ({ functionName }: FunctionTarget) =>
    `function ${functionName} did not return a report: check that it is the rotator`,
  leftAlone: 'stopped waiting; the function, or its next run, continues',
}
