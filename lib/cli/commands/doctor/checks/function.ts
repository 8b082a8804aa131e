import { readFileSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { FunctionReader, type FunctionSettings, type Timer } from '../../../../alibaba/fc/function-reader.ts'
import type { FunctionTarget } from '../../../../alibaba/fc/invoke-target.ts'
import { configDifferences } from '../../../../config/differences.ts'
import { isLoopback } from '../../../../core/safe-address.ts'
import { parseConfig } from '../../../../config/parse.ts'
import type { RotationConfig } from '../../../../config/types.ts'
import { hasCode, RotatorError } from '../../../../core/errors.ts'
import { names, namesInChinese } from '../../../../core/names.ts'
import { inBoth, joined, say } from '../../../words/said.ts'
import { failure, fail, ok, skipped, warn, type Check, type CheckId } from '../check.ts'
import { jsonFields } from '../../../../core/json.ts'

const IDS = ['function.exists', 'function.settings', 'function.timers', 'function.configuration'] as const
const DEPLOY = 'npm run deploy'
const UNREAD = say('the function could not be read', '无法读取该函数')
/** What a run needs beyond its waiting, in seconds. */
const LEAST_TIMEOUT = 60

/** Checks the deployed function. One that nobody named may be absent. */
export async function checkFunction(
  target: FunctionTarget,
  config: RotationConfig,
  isNamed: boolean,
): Promise<Check[]> {
  const subject = target.functionName
  const reader = new FunctionReader(target)
  let settings: FunctionSettings
  try {
    settings = await reader.settings()
  } catch (error) {
    if (hasCode(error, 'notFound') && !isNamed) {
      return IDS.map((id) =>
        skipped(
          id,
          subject,
          say('no such function is deployed', '没有部署这个函数'),
          say(`deploy it: ${DEPLOY}`, `部署：${DEPLOY}`),
        ),
      )
    }
    const rest = IDS.slice(1).map((id) => skipped(id, subject, UNREAD))
    return [failure('function.exists', subject, error, isNamed ? 'fail' : 'warn'), ...rest]
  }
  return [
    ok('function.exists', subject, say(`it exists in ${target.region}`, `已部署，在 ${target.region}`)),
    await attempt('function.settings', subject, () => settingsCheck(settings, reader, target)),
    await attempt('function.timers', subject, async () => timersCheck(await reader.timers(), subject)),
    await attempt('function.configuration', subject, () =>
      configurationCheck(settings, reader, config, target),
    ),
  ]
}

async function attempt(id: CheckId, subject: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look()
  } catch (error) {
    return failure(id, subject, error)
  }
}

async function settingsCheck(
  settings: FunctionSettings,
  reader: FunctionReader,
  { functionName, endpoint }: FunctionTarget,
): Promise<Check> {
  const id = 'function.settings'
  const [reserved, queue] = [await reader.reservedConcurrency(), await reader.asyncSettings()]
  const { runtime, handler, timeout, role, variables } = settings
  const isLocal = endpoint !== undefined && endpoint !== null && isLoopback(new URL(endpoint))
  const strayed = Object.keys(variables).filter(
    (name) => /^ROTATOR_\w+_ENDPOINT$/.test(name) && leadsHere(variables[name] ?? ''),
  )
  const faults = [
    ...(runtime === 'nodejs20'
      ? []
      : [say(`its runtime is ${runtime}, not nodejs20`, `运行环境是 ${runtime}，不是 nodejs20`)]),
    ...(handler === 'index.handler'
      ? []
      : [
          say(
            `its handler is ${handler}, not index.handler`,
            `请求处理程序是 ${handler}，不是 index.handler`,
          ),
        ]),
    ...(timeout >= LEAST_TIMEOUT
      ? []
      : [
          say(
            `its timeout of ${timeout} s leaves no time for a rotation`,
            `超时时间只有 ${timeout} 秒，来不及轮转`,
          ),
        ]),
    ...(role === '' ? [say('it has no role, and so no credentials', '没有角色，因此没有访问凭证')] : []),
    ...(reserved === 1
      ? []
      : [
          say(
            'more than one of its runs may run at a time (reservedConcurrency is not 1)',
            '可能有多次运行同时进行（reservedConcurrency 不是 1）',
          ),
        ]),
    ...(queue !== null && queue.maxEventAgeSeconds < timeout
      ? [
          say(
            `a queued run is dropped after ${queue.maxEventAgeSeconds} s, before the one ahead of it is over`,
            `排队的运行 ${queue.maxEventAgeSeconds} 秒后被丢弃，那时前一次运行可能还没有结束`,
          ),
        ]
      : []),
    ...(isLocal ? [] : strayed.map((name) => say(`${name} points to this machine`, `${name} 指向本机`))),
  ]
  if (faults.length === 0) {
    const message = say(
      `timeout ${timeout} s, one run at a time, with a role`,
      `超时时间 ${timeout} 秒，一次只运行一个，有角色`,
    )
    return ok(id, functionName, message)
  }
  const fix = say(`set it as s.yaml has it: ${DEPLOY}`, `请按 s.yaml 设置：${DEPLOY}`)
  return fail(id, functionName, joined(faults, '; ', '；'), fix)
}

function leadsHere(endpoint: string): boolean {
  return URL.canParse(endpoint) && isLoopback(new URL(endpoint))
}

function timersCheck(timers: readonly Timer[], subject: string): Check {
  const id = 'function.timers'
  const running = timers.filter(({ enabled }) => enabled).map(({ payload }) => actionIn(payload))
  const missing = ['rotate', 'reconcile'].filter((action) => !running.includes(action))
  if (missing.length === 0)
    return ok(
      id,
      subject,
      say('timers for rotate and reconcile are on', 'rotate 和 reconcile 的定时触发器已开启'),
    )
  const off = timers.filter(({ enabled, payload }) => !enabled && missing.includes(actionIn(payload)))
  const offNames = off.map(({ name }) => name)
  const message = say(
    `no timer is on for ${missing.join(' and ')}${offNames.length > 0 ? ` (${offNames.join(', ')}: off)` : ''}: nothing happens by itself`,
    `${missing.join('、')} 没有开启的定时触发器${offNames.length > 0 ? `（${offNames.join('、')}：已关闭）` : ''}：不会自动运行`,
  )
  return warn(id, subject, message, inBoth(`TIMERS=on ${DEPLOY}`))
}

function actionIn(payload: string): string {
  const { action } = jsonFields(payload)
  return typeof action === 'string' ? action : ''
}

/** Compares the rotation.yaml that the function carries with the one here. */
async function configurationCheck(
  { variables }: FunctionSettings,
  reader: FunctionReader,
  config: RotationConfig,
  { functionName, endpoint }: FunctionTarget,
): Promise<Check> {
  const id = 'function.configuration'
  const path = variables['ROTATOR_CONFIG'] || 'rotation.yaml'
  const isLocal = endpoint !== undefined && endpoint !== null && isLoopback(new URL(endpoint))
  // A function on the local cloud may read files on this machine.
  const read = isLocal && isAbsolute(path) ? readLocal : await reader.files()
  const text = read(path)
  if (text === null) {
    const message = say(`its code carries no ${basename(path)}`, `代码包里没有 ${basename(path)}`)
    return fail(id, functionName, message, say(`build and deploy it: ${DEPLOY}`, `请构建并部署：${DEPLOY}`))
  }
  let carried: RotationConfig
  try {
    carried = parseConfig(text, { file: path, readFile: (name) => readOrThrow(read, name) })
  } catch (error) {
    if (!(error instanceof RotatorError)) throw error
    const message = say(`its configuration is refused: ${error.message}`, `它的配置无效：${error.message}`)
    return fail(id, functionName, message, inBoth(DEPLOY))
  }
  const differing = configDifferences(config, carried)
  if (differing.length === 0)
    return ok(id, functionName, say('its configuration matches this one', '它的配置与本机一致'))
  return fail(
    id,
    functionName,
    say(
      `its configuration differs from this one in ${names(differing)}`,
      `它的配置与本机不同：${namesInChinese(differing)}`,
    ),
    say(
      `deploy this one: ${DEPLOY}, or name the other with --config`,
      `请部署本机的配置：${DEPLOY}，或用 --config 指定它的配置`,
    ),
  )
}

function readOrThrow(read: (name: string) => string | null, name: string): string {
  const text = read(name)
  if (text === null) throw new RotatorError('config', `${name} is not there`)
  return text
}

function readLocal(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
