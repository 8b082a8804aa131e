import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WireAnswer, WireRequest } from '../wire/wire.ts'
import { json } from './answer.ts'
import type { FunctionCompute } from './function-compute.ts'
import type { FunctionConfig } from './function-options.ts'
import type { FunctionRoute } from './routes.ts'
import { zipFile } from './zip-file.ts'

type Operation = (
  functions: FunctionCompute,
  route: FunctionRoute,
  request: WireRequest,
  requestId: string,
) => WireAnswer

export const getFunction: Operation = (functions, route, _, requestId) => {
  const { function: deployed } = functions.find(null, route.functionName, route.qualifier)
  const { name, handler, timeout, memorySize, role, env } = deployed.config
  return json(
    200,
    {
      functionName: name,
      functionArn: deployed.arn,
      runtime: 'nodejs20',
      handler,
      timeout,
      memorySize,
      cpu: 0.25,
      diskSize: 512,
      instanceConcurrency: 1,
      role: role === null ? '' : `acs:ram::${functions.accountId}:role/${name}`,
      environmentVariables: env(functions.url),
      state: 'Active',
    },
    requestId,
  )
}

/** Anyone with the code's URL can use it, like a signed URL of OSS. */
export const getFunctionCode: Operation = (functions, route, _, requestId) => {
  const { function: deployed } = functions.find(null, route.functionName, route.qualifier)
  const url = `${functions.url}/_emulator/code/${encodeURIComponent(deployed.config.name)}`
  return json(200, { url, checksum: '0' }, requestId)
}

export const getConcurrencyConfig: Operation = (functions, route, _, requestId) => {
  const { function: deployed } = functions.find(null, route.functionName, route.qualifier)
  const { reservedConcurrency } = deployed.config
  return json(200, { functionArn: deployed.arn, reservedConcurrency }, requestId)
}

export const getAsyncInvokeConfig: Operation = (functions, route, _, requestId) => {
  const { function: deployed } = functions.find(null, route.functionName, route.qualifier)
  return json(200, { functionArn: deployed.arn, ...deployed.config.asyncInvokeConfig }, requestId)
}

export const listTriggers: Operation = (functions, route, _, requestId) => {
  const { function: deployed } = functions.find(null, route.functionName, route.qualifier)
  const triggers = deployed.config.triggers.map(({ triggerName, triggerType, triggerConfig }) => ({
    triggerName,
    triggerType,
    qualifier: 'LATEST',
    triggerConfig: JSON.stringify(triggerConfig),
  }))
  return json(200, { triggers }, requestId)
}

/** The files of a function's folder without its code, which would take megabytes. */
export function codeArchive({ codeDir }: Pick<FunctionConfig, 'codeDir'>): Buffer {
  const files = readdirSync(codeDir, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.js'))
    .map((entry) => [entry.name, readFileSync(join(codeDir, entry.name))] as const)
  return zipFile(new Map(files))
}
