import { readFileSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { FunctionReader, type FunctionSettings, type Timer } from '../../../../alibaba/fc/function-reader.ts'
import type { FunctionTarget } from '../../../../alibaba/fc/invoke-target.ts'
import { configDifferences } from '../../../../config/differences.ts'
import { isLoopback } from '../../../../core/safe-address.ts'
import { parseConfig } from '../../../../config/parse.ts'
import type { RotationConfig } from '../../../../config/types.ts'
import { hasCode, RotatorError } from '../../../../core/errors.ts'
import { names } from '../../../../core/names.ts'
import { failure, fail, ok, skipped, warn, type Check, type CheckId } from '../check.ts'

const IDS = ['function.exists', 'function.settings', 'function.timers', 'function.configuration'] as const
const DEPLOY = 'npm run deploy'
/** What a run needs beyond its waiting, in seconds. */
const LEAST_TIMEOUT = 60

/** The deployed function. One that nobody named may be absent. */
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
      return IDS.map((id) => skipped(id, subject, 'no such function is deployed', `deploy it: ${DEPLOY}`))
    }
    const rest = IDS.slice(1).map((id) => skipped(id, subject, 'the function could not be read'))
    return [failure('function.exists', subject, error, isNamed ? 'fail' : 'warn'), ...rest]
  }
  return [
    ok('function.exists', subject, `it is there, in ${target.region}`),
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
    ...(runtime === 'nodejs20' ? [] : [`its runtime is ${runtime}, not nodejs20`]),
    ...(handler === 'index.handler' ? [] : [`its handler is ${handler}, not index.handler`]),
    ...(timeout >= LEAST_TIMEOUT ? [] : [`its timeout of ${timeout} s leaves no time for a rotation`]),
    ...(role === '' ? ['it has no role, and so no credentials'] : []),
    ...(reserved === 1
      ? []
      : ['more than one of its runs may go on at a time (reservedConcurrency is not 1)']),
    ...(queue !== null && queue.maxEventAgeSeconds < timeout
      ? [`a queued run is dropped after ${queue.maxEventAgeSeconds} s, before the one ahead of it is over`]
      : []),
    ...(isLocal ? [] : strayed.map((name) => `${name} leads to this machine`)),
  ]
  if (faults.length === 0) return ok(id, functionName, `timeout ${timeout} s, one run at a time, with a role`)
  return fail(id, functionName, faults.join('; '), `set it as s.yaml has it: ${DEPLOY}`)
}

function leadsHere(endpoint: string): boolean {
  return URL.canParse(endpoint) && isLoopback(new URL(endpoint))
}

function timersCheck(timers: readonly Timer[], subject: string): Check {
  const id = 'function.timers'
  const running = timers.filter(({ enabled }) => enabled).map(({ payload }) => actionIn(payload))
  const missing = ['rotate', 'reconcile'].filter((action) => !running.includes(action))
  if (missing.length === 0) return ok(id, subject, 'timers for rotate and reconcile are on')
  const off = timers.filter(({ enabled, payload }) => !enabled && missing.includes(actionIn(payload)))
  const what = `no timer is on for ${missing.join(' and ')}`
  const why = off.length > 0 ? ` (${off.map(({ name }) => name).join(', ')}: off)` : ''
  return warn(id, subject, `${what}${why}: nothing happens by itself`, `TIMERS=on ${DEPLOY}`)
}

function actionIn(payload: string): string {
  try {
    const request: unknown = JSON.parse(payload)
    return typeof request === 'object' && request !== null && 'action' in request
      ? String(request.action)
      : ''
  } catch {
    return ''
  }
}

/** The rotation.yaml that the function carries against the one here. */
async function configurationCheck(
  { variables }: FunctionSettings,
  reader: FunctionReader,
  config: RotationConfig,
  { functionName, endpoint }: FunctionTarget,
): Promise<Check> {
  const id = 'function.configuration'
  const path = variables['ROTATOR_CONFIG'] || 'rotation.yaml'
  const isLocal = endpoint !== undefined && endpoint !== null && isLoopback(new URL(endpoint))
  // A function of the local cloud may read files of this machine.
  const read = isLocal && isAbsolute(path) ? readLocal : await reader.files()
  const text = read(path)
  if (text === null) {
    return fail(id, functionName, `its code carries no ${basename(path)}`, `build and deploy it: ${DEPLOY}`)
  }
  let carried: RotationConfig
  try {
    carried = parseConfig(text, { file: path, readFile: (name) => readOrThrow(read, name) })
  } catch (error) {
    if (!(error instanceof RotatorError)) throw error
    return fail(id, functionName, `its configuration is refused: ${error.message}`, DEPLOY)
  }
  const differing = configDifferences(config, carried)
  if (differing.length === 0) return ok(id, functionName, 'its configuration is this one')
  return fail(
    id,
    functionName,
    `its configuration differs from this one in ${names(differing)}`,
    `deploy this one: ${DEPLOY}, or name the other with --config`,
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
