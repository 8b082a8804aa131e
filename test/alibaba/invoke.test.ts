import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import { FunctionError } from '../../lib/alibaba/fc/invoke-failure.ts'
import { followTask, getTask } from '../../lib/alibaba/fc/invoke-task.ts'
import type { FunctionTarget } from '../../lib/alibaba/fc/invoke-target.ts'
import { invokeFunction, queueInvocation } from '../../lib/alibaba/fc/invoke.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/local-account.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import type { FunctionOptions } from '../../lib/emulator/fc/function-options.ts'
import type { PolicyDocument } from '../../lib/emulator/wire/ram.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { throwIfFailed } from '../../lib/rotation/report/outcome.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { functionFolder } from '../emulator/fc/fixture.ts'
import { startGate } from '../emulator/fc/gate.ts'
import { TestClock } from '../support/clock.ts'
import { LOCAL_PAIR } from './cloud.ts'
import { startStub, type StubAnswer } from './stub-server.ts'

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator({
    functionCompute: { pace: { backoffMs: 5, retryMs: 5 }, showsReturnPayload: true },
  })
})
afterEach(() => emulator.close())

const BASE = {
  functionName: 'f',
  region: 'cn-shanghai',
  credentials: fixedCredentials(LOCAL_PAIR),
  clock: systemClock,
}

async function failure(promise: Promise<unknown>): Promise<RotatorError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RotatorError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** What nobody may see in an error, however it is looked at. */
function showsNothing(error: RotatorError): void {
  const seen = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${error.stack ?? ''}`
  expect(seen).not.toContain(LOCAL_PAIR.accessKeySecret)
  expect(seen).not.toMatch(/authorization|signature=|x-fc-security-token|http:\/\//i)
}

const VERSIONS: readonly [string, Partial<FunctionOptions>, Partial<FunctionTarget>][] = [
  ['FC 3.0', {}, {}],
  ['FC 2.0', { service: 'svc' }, { service: 'svc', accountId: LOCAL_ACCOUNT_ID }],
]

/** A UUID in 2.0, a form of its own in 3.0. */
const REQUEST_ID = /^([0-9A-F-]{36}|1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12})$/

describe.each(VERSIONS)('%s', (_, deployed, target) => {
  const deploy = (options: Partial<FunctionOptions> = {}) =>
    emulator.functions.deploy({ name: 'f', codeDir: functionFolder(), ...deployed, ...options })
  const own = (more: Partial<FunctionTarget> = {}): FunctionTarget => ({
    ...BASE,
    endpoint: emulator.url,
    ...target,
    ...more,
  })
  const invoke = (event: object, more: Partial<FunctionTarget> = {}) =>
    invokeFunction({ ...own(more), event })

  it('returns the function’s result, with the end of its log', async () => {
    deploy()
    const { returned, log, requestId } = await invoke({ do: 'return' })
    expect(returned).toMatchObject({ runs: 1, isBuffer: true })
    expect(log).toBe(`FC Invoke Start RequestId: ${requestId}\nFC Invoke End RequestId: ${requestId}\n`)
    expect((await invoke({ do: 'text', text: 'no JSON' })).returned).toBe('no JSON')
  })

  it('signs with temporary credentials', async () => {
    deploy()
    const { accessKeyId, accessKeySecret, securityToken } = emulator.credentials.issue()
    const credentials = fixedCredentials({
      accessKeyId,
      accessKeySecret,
      securityToken: securityToken ?? '',
    })
    expect((await invoke({ do: 'return' }, { credentials })).returned).toMatchObject({ runs: 1 })
  })

  it('signs with temporary credentials whose id does not begin with STS', async () => {
    deploy()
    const pair = { accessKeyId: 'TMP.1', accessKeySecret: 'secret', securityToken: 'token' }
    emulator.credentials.add(pair)
    const credentials = fixedCredentials(pair)
    expect((await invoke({ do: 'return' }, { credentials })).returned).toMatchObject({ runs: 1 })
  })

  it('turns what the function threw into an error, with its message and log', async () => {
    deploy()
    const error = await failure(invoke({ do: 'throw' }))
    expect(error).toBeInstanceOf(FunctionError)
    expect(error).toMatchObject({
      code: 'functionError',
      retryable: false,
      report: undefined,
      log: expect.stringContaining('FC Invoke End') as unknown,
    })
    expect(error.message).toMatch(
      /^function f .*in cn-shanghai failed: it went wrong \(request [0-9A-Fa-f-]+\)$/,
    )
  })

  it('says so when the process exited or took too long', async () => {
    deploy({ timeout: 0.4 })
    expect((await failure(invoke({ do: 'exit' }))).message).toContain('Process exited unexpectedly')
    expect((await failure(invoke({ do: 'hang' }))).message).toContain('timed out after 0.4 seconds')
  })

  it('extracts the report from the error of a failed rotation', async () => {
    const report = failedReport()
    const thrown = `{ message: ${JSON.stringify(messageOf(report))} }`
    const code = `exports.handler = async () => { throw Object.assign(new Error(), ${thrown}) }`
    deploy({ codeDir: functionFolder({ 'index.js': code }) })
    const error = await failure(invoke({}))
    expect(error).toMatchObject({ report: JSON.parse(JSON.stringify(report)) as unknown })
    expect(error.message).toContain('failed: default: incomplete: live2.example.com (denied) (request')
    expect(error.message).not.toContain('{')
  })

  it('says that another run is under way and that a retry may succeed', async () => {
    deploy()
    const { url, next } = await startGate()
    const [held, first] = [next(), invoke({ do: 'wait', url })]
    const response = await held
    const error = await failure(invoke({ do: 'return' }))
    expect(error).toMatchObject({ code: 'throttled', retryable: true, vendorCode: 'ResourceExhausted' })
    expect(error.message).toContain('another run is under way')
    showsNothing(error)
    response.end('"done"')
    expect((await first).returned).toBe('done')
  })

  it('names the function and the region if the function does not exist', async () => {
    deploy({ name: 'other' })
    const error = await failure(invoke({}))
    expect(error.code).toBe('notFound')
    expect(error.message).toMatch(
      /function f .*in cn-shanghai .*FunctionNotFound.*the account, and the region/,
    )
    deploy()
    expect(await failure(invoke({}, { qualifier: 'prod' }))).toMatchObject({ vendorCode: 'VersionNotFound' })
  })

  it('names the missing RAM action', async () => {
    deploy()
    const credential = emulator.credentials.issue({ policies: [] })
    const credentials = fixedCredentials({ ...credential, securityToken: credential.securityToken ?? '' })
    const error = await failure(invoke({ do: 'return' }, { credentials }))
    expect(error.code).toBe('denied')
    expect(error.message).toContain('allow the RAM action fc:InvokeFunction')
    const task = await failure(getTask({ ...own({ credentials }), taskId: 'mine' }))
    expect(task.message).toMatch(/fc:Get(AsyncTask|StatefulAsyncInvocation) on/)
  })

  it('needs no more than the operator policy in docs/ram', async () => {
    const deployment = deploy()
    const file = deployed.service === undefined ? 'operator.json' : 'operator-fc2.json'
    const text = readFileSync(join(import.meta.dirname, '../../docs/ram', file), 'utf8')
      .replaceAll('<region>', 'cn-shanghai')
      .replaceAll('<account>', LOCAL_ACCOUNT_ID)
      .replaceAll('<service>', 'svc')
      .replaceAll('<function>', deployment.config.name)
    const credential = emulator.credentials.issue({ policies: [JSON.parse(text) as PolicyDocument] })
    const credentials = fixedCredentials({ ...credential, securityToken: credential.securityToken ?? '' })
    await queueInvocation({ ...own({ credentials }), event: { do: 'return' }, taskId: 'mine' })
    await followTask({ ...own({ credentials }), taskId: 'mine', everyMs: 5 })
    expect((await invoke({ do: 'return' }, { credentials })).returned).toMatchObject({ runs: 2 })
  })

  it('distinguishes wrong credentials from a missing permission', async () => {
    deploy()
    const wrong = fixedCredentials({ ...LOCAL_PAIR, accessKeySecret: 'another-secret-of-mine' })
    const error = await failure(invoke({ do: 'return' }, { credentials: wrong }))
    expect(error).toMatchObject({ code: 'badCredentials', vendorCode: 'SignatureNotMatch' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('another-secret-of-mine')
  })

  it('queues a run under an id only once', async () => {
    deploy()
    const queued = await queueInvocation({ ...own(), event: { do: 'return' }, taskId: 'mine' })
    expect(queued).toEqual({ taskId: 'mine', requestId: expect.stringMatching(REQUEST_ID) as unknown })
    const again = await failure(queueInvocation({ ...own(), event: {}, taskId: 'mine' }))
    expect(again.code).toBe('alreadyExists')
    const { taskId, requestId } = await queueInvocation({ ...own(), event: { do: 'return' } })
    expect(taskId).toBe(requestId)
    // An id that Function Compute made begins with a digit, as none of ours may.
    expect((await followTask({ ...own(), taskId, everyMs: 5 })).requestId).toBe(requestId)
  })

  it('follows a task to its end', async () => {
    deploy()
    const { url, next } = await startGate()
    const held = next()
    await queueInvocation({ ...own(), event: { do: 'wait', url }, taskId: 'mine' })
    const response = await held
    const seen: string[] = []
    const onChange = ({ status }: { status: string }): void => {
      seen.push(status)
      if (status === 'Running') response.end('"done"')
    }
    const followed = await followTask({ ...own(), taskId: 'mine', onChange, everyMs: 5 })
    expect(followed.returned).toBe('done')
    expect(seen).toEqual(['Running', 'Succeeded'])
  })

  it('reports how a task failed', async () => {
    deploy({ asyncInvokeConfig: { maxAsyncRetryAttempts: 1 } })
    await queueInvocation({ ...own(), event: { do: 'throw' }, taskId: 'bad' })
    const error = await failure(followTask({ ...own(), taskId: 'bad', everyMs: 5 }))
    expect(error).toBeInstanceOf(FunctionError)
    expect(error.message).toMatch(/^task bad of function f .*ended as Failed: it went wrong/)
    expect(await getTask({ ...own(), taskId: 'bad' })).toMatchObject({ status: 'Failed', retries: 1 })
    const missing = await failure(getTask({ ...own(), taskId: 'other' }))
    expect(missing).toMatchObject({ code: 'notFound' })
  })

  it('keeps following through transient errors, but not past permanent ones', async () => {
    deploy()
    await queueInvocation({ ...own(), event: { do: 'return' }, taskId: 'mine' })
    await emulator.functions.idle()
    const clock = new TestClock()
    const follow = () => clock.run(followTask({ ...own({ clock }), taskId: 'mine' }))
    emulator.faults.add({ kind: 'error', times: 3, status: 500, code: 'InternalServerError' })
    expect((await follow()).returned).toMatchObject({ runs: 1 })
    emulator.faults.add({ kind: 'error', times: 'always', status: 500, code: 'InternalServerError' })
    expect(await failure(follow())).toMatchObject({ code: 'unavailable' })
  })

  it('waits no longer than its timeout', async () => {
    deploy({ timeout: 60 })
    const error = await failure(invoke({ do: 'hang' }, { timeoutMs: 300 }))
    expect(error).toMatchObject({ code: 'timeout', retryable: true })
    expect(error.message).toContain('within 0.3 s')
    showsNothing(error)
  })

  it('waits a quarter of an hour for a run', async () => {
    deploy({ timeout: 60 })
    const clock = new TestClock()
    const { url, next } = await startGate()
    const [held, running] = [next(), invoke({ do: 'wait', url }, { clock })]
    const response = await held
    await clock.advance(14 * 60_000)
    response.end('"late"')
    expect((await running).returned).toBe('late')
  })

  it('translates the answers of proxies and broken connections', async () => {
    deploy()
    const kinds = [
      ['html', 'unavailable|invalidAnswer'],
      ['drop', 'unavailable'],
      ['reset', 'unavailable'],
    ] as const
    for (const [kind, expected] of kinds) {
      emulator.faults.add({ kind })
      const error = await failure(invoke({ do: 'return' }))
      expect(error.code).toMatch(new RegExp(`^(${expected})$`))
      showsNothing(error)
    }
    const dead = await failure(invoke({}, { endpoint: `http://127.0.0.1:${await freePort()}` }))
    expect(dead.code).toBe('unavailable')
    showsNothing(dead)
  })

  it.each<[string, StubAnswer, string]>([
    ['the shape of 3.0', { status: 403, body: { Code: 'AccessDenied', Message: 'no' } }, 'denied'],
    [
      'the shape of 2.0',
      { status: 404, body: { ErrorCode: 'FunctionNotFound', ErrorMessage: 'no' } },
      'notFound',
    ],
    ['a status alone', { status: 429, body: {} }, 'throttled'],
    ['an unknown code', { status: 400, body: { Code: 'X', ErrorCode: 'X' } }, 'invalidRequest'],
  ])('understands an error in %s', async (_shape, answer, code) => {
    const stub = await startStub(() => answer)
    onTestFinished(() => stub.close())
    const error = await failure(invoke({}, { endpoint: stub.url }))
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('undefined')
    showsNothing(error)
  })
})

describe('the address of a function', () => {
  const invoke = (target: Partial<FunctionTarget>) => invokeFunction({ ...BASE, ...target, event: {} })

  it('needs the account if no endpoint is given, and for FC 2.0', async () => {
    for (const target of [{}, { service: 'svc', endpoint: emulator.url }]) {
      const error = await failure(invoke(target))
      expect(error).toMatchObject({ code: 'config' })
      expect(error.message).toContain('--account-id')
    }
  })

  it('refuses names that would lead elsewhere', async () => {
    const wrong: Partial<FunctionTarget>[] = [
      { functionName: '../services' },
      { functionName: 'a/b', endpoint: emulator.url },
      { service: 'svc/functions', accountId: '1' },
      { service: 'svc', functionName: 'svc$f', accountId: '1' },
      { qualifier: 'a?b=c', accountId: '1' },
      { accountId: 'evil.example.com/' },
    ]
    for (const target of wrong) expect(await failure(invoke(target))).toMatchObject({ code: 'usage' })
  })

  it('uses plain http only on this machine', async () => {
    expect(await failure(invoke({ endpoint: 'http://fc.example.com' }))).toMatchObject({ code: 'config' })
  })

  it('reaches a function of FC 2.0 through the API of 3.0', async () => {
    emulator.functions.deploy({ name: 'f', service: 'svc', codeDir: functionFolder() })
    const { returned } = await invokeFunction({
      ...BASE,
      functionName: 'svc$f',
      endpoint: emulator.url,
      event: { do: 'return' },
    })
    expect(returned).toMatchObject({ runs: 1 })
  })
})

function failedReport(): Report {
  return {
    version: 1,
    ok: false,
    action: 'rotate',
    startedAt: '2026-11-24T08:00:00.000Z',
    finishedAt: '2026-11-24T08:01:00.000Z',
    groups: [
      {
        group: 'default',
        outcome: 'incomplete',
        did: 'nothing',
        phase: 'applying',
        revision: 2,
        kid: '0f3a00000000',
        waitingUntil: null,
        domains: {
          total: 2,
          set: 1,
          unchanged: 0,
          confirmed: 1,
          failed: [{ domain: 'live2.example.com', code: 'denied', message: 'no {"permission"}\n{ at all' }],
        },
        keys: [],
        calls: {},
        throttled: 0,
        warnings: [],
      },
    ],
  }
}

function messageOf(report: Report): string {
  try {
    throwIfFailed(report)
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  throw new Error('the report is of a success')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
