import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOCAL_ACCOUNT_ID } from '../../../lib/emulator/local-account.ts'
import { startEmulator, type Emulator } from '../../../lib/emulator/emulator.ts'
import type { FunctionOptions } from '../../../lib/emulator/fc/function-options.ts'
import { openApiCore, refusal } from '../sdks.ts'
import { fc2Client, fc3Client, type Answer, type Client } from './clients.ts'
import { functionFolder } from './fixture.ts'
import { startGate } from './gate.ts'

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(() => emulator.close())

function deploy(options: Partial<FunctionOptions> = {}) {
  return emulator.functions.deploy({ name: 'f', codeDir: functionFolder(), ...options })
}

function order(what: string, more: object = {}): string {
  return JSON.stringify({ do: what, ...more })
}

function json({ body }: Answer): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>
}

/** A UUID in 2.0, a form of its own in 3.0. */
const REQUEST_ID = /^([0-9A-F-]{36}|1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12})$/

function log({ headers }: Answer): string {
  return Buffer.from(headers['x-fc-log-result'] ?? '', 'base64').toString('utf8')
}

const VERSIONS: readonly [string, () => { client: Client; options: Partial<FunctionOptions> }][] = [
  ['FC 3.0', () => ({ client: fc3Client(emulator.endpoint), options: {} })],
  ['FC 2.0', () => ({ client: fc2Client(emulator.url, 'svc'), options: { service: 'svc' } })],
]

describe.each(VERSIONS)('%s', (_, version) => {
  let client: Client
  let options: Partial<FunctionOptions>
  beforeEach(() => {
    ;({ client, options } = version())
  })

  it('calls the handler with a Buffer and answers what it returns', async () => {
    deploy(options)
    const answer = await client.invoke('f', order('return'))
    expect(json(answer)).toMatchObject({ runs: 1, isBuffer: true })
    expect(answer.headers['x-fc-error-type']).toBeUndefined()
    expect(answer.headers['x-fc-request-id']).toMatch(REQUEST_ID)
  })

  it('takes an empty event', async () => {
    deploy(options)
    expect(json(await client.invoke('f', ''))).toMatchObject({ isBuffer: true })
  })

  it('answers texts and buffers unchanged', async () => {
    deploy(options)
    const texts = [order('text', { text: 'plain \u4e2d' }), order('buffer', { base64: 'YnVmZmVy' })]
    const answers = [await client.invoke('f', texts[0]!), await client.invoke('f', texts[1]!)]
    expect(answers.map(({ body }) => body)).toEqual(['plain \u4e2d', 'buffer'])
  })

  it('answers 200 with the error if the handler throws', async () => {
    deploy(options)
    const answer = await client.invoke('f', order('throw'))
    expect(answer.headers['x-fc-error-type']).toBe('HandledInvocationError')
    expect(json(answer)).toEqual({
      errorMessage: 'it went wrong',
      errorType: 'RangeError',
      stackTrace: expect.arrayContaining(['RangeError: it went wrong']) as unknown,
    })
  })

  it('reports that the process exited, and starts another', async () => {
    const deployed = deploy(options)
    const answer = await client.invoke('f', order('exit'), { tail: true })
    expect(answer.headers['x-fc-error-type']).toBe('UnhandledInvocationError')
    expect(json(answer)['errorMessage']).toMatch(/^Process exited unexpectedly before completing request \(/)
    expect(log(answer)).toMatch(/Start RequestId: [\s\S]*leaving\nFC Invoke End .*, Error: Process exited/)
    expect(json(await client.invoke('f', order('return')))).toMatchObject({ runs: 1 })
    expect(deployed.instancesStarted).toBe(2)
  })

  it('loses its instances if they are killed during a run', async () => {
    const deployed = deploy(options)
    const { url, next } = await startGate()
    const [held, running] = [next(), client.invoke('f', order('wait', { url }))]
    await held
    await deployed.killInstances()
    expect((await running).headers['x-fc-error-type']).toBe('UnhandledInvocationError')
    expect(json(await client.invoke('f', order('return')))).toMatchObject({ runs: 1 })
  })

  it('ends a run that exceeds its timeout, even one that never yields', async () => {
    deploy({ ...options, timeout: 0.4 })
    for (const way of ['hang', 'spin']) {
      const answer = await client.invoke('f', order(way))
      expect(answer.headers['x-fc-error-type']).toBe('UnhandledInvocationError')
      expect(json(answer)['errorMessage']).toMatch(/^Function timed out after 0.4 seconds/)
    }
  })

  it('keeps an instance for the next run', async () => {
    const deployed = deploy(options)
    const first = json(await client.invoke('f', order('return')))
    await client.invoke('f', order('throw'))
    expect(json(await client.invoke('f', order('return')))).toMatchObject({ runs: 3, pid: first['pid'] })
    expect(deployed.instancesStarted).toBe(1)
  })

  it('runs one at a time: a second call is refused with 429', async () => {
    deploy(options)
    const { url, next } = await startGate()
    const [held, first] = [next(), client.invoke('f', order('wait', { url }))]
    const response = await held
    const { code } = await refusal(client.invoke('f', order('return')))
    expect(code).toBe('ResourceExhausted')
    response.end('done')
    expect((await first).body).toBe('done')
    expect(json(await client.invoke('f', order('return')))).toMatchObject({ runs: 2 })
  })

  it('runs as many side by side as allowed', async () => {
    const deployed = deploy({ ...options, reservedConcurrency: 2 })
    const { url, next } = await startGate()
    const [held, first] = [next(), client.invoke('f', order('wait', { url }))]
    const response = await held
    expect(json(await client.invoke('f', order('return')))).toMatchObject({ runs: 1 })
    response.end('done')
    await first
    expect(deployed.instancesStarted).toBe(2)
  })

  it('returns the last 4 KB of the log if asked, framed by the request', async () => {
    deploy(options)
    const short = await client.invoke('f', order('log', { lines: 2 }), { tail: true })
    const id = short.headers['x-fc-request-id']!
    expect(log(short).split('\n')).toEqual([
      `FC Invoke Start RequestId: ${id}`,
      expect.stringMatching(/^\d{4}-\S+Z \S+ \[info\] from the logger$/),
      'on stderr',
      'line 0 \u4e2d',
      'line 1 \u4e2d',
      `FC Invoke End RequestId: ${id}`,
      '',
    ])
    const long = await client.invoke('f', order('log', { lines: 5_000 }), { tail: true })
    expect(Buffer.byteLength(log(long))).toBeLessThanOrEqual(4096)
    expect(Buffer.byteLength(log(long))).toBeGreaterThan(4000)
    expect(log(long)).toMatch(/line 4999 \u4e2d\nFC Invoke End RequestId: \S+\n$/)
    expect(log(long)).not.toContain('\ufffd')
    expect((await client.invoke('f', order('return'))).headers['x-fc-log-result']).toBeUndefined()
  })

  it('reports code that cannot be loaded at every call', async () => {
    deploy({ ...options, codeDir: functionFolder({ 'index.js': 'exports.other = 1' }) })
    for (const again of [1, 2]) {
      const answer = await client.invoke('f', order('return'))
      expect([again, json(answer)['errorMessage']]).toEqual([
        again,
        expect.stringContaining("Handler 'index.handler' is missing"),
      ])
    }
  })

  it('knows no other function and no other version', async () => {
    deploy({ ...options, qualifiers: ['prod'] })
    expect(await refusal(client.invoke('g', order('return')))).toMatchObject({ code: 'FunctionNotFound' })
    const unknown = client.invoke('f', order('return'), { qualifier: 'test' })
    expect(await refusal(unknown)).toMatchObject({ code: 'VersionNotFound' })
    const known = await client.invoke('f', order('context'), { qualifier: 'prod' })
    expect(json(known)).toMatchObject({ service: { qualifier: 'prod' } })
  })

  it('refuses an event that is too large for the queue', async () => {
    deploy(options)
    const large = order('return', { filler: 'x'.repeat(200_000) })
    expect(await refusal(client.invoke('f', large, { async: true }))).toMatchObject({
      code: 'EntityTooLarge',
    })
    expect(json(await client.invoke('f', large))).toMatchObject({ isBuffer: true })
  })

  it.each(['import', 'require'] as const)(
    "loads the code by %s, with the runtime's streams",
    async (loadsBy) => {
      const code = `exports.handler = async () => {
      console.log('two\\nlines')
      let calledBack = false
      const returned = [process.stdout.write('out\\n', () => { calledBack = true }), process.stderr.write('err\\n')]
      await new Promise((resolve) => setTimeout(resolve, 20))
      return { returned: returned.map(String), calledBack, loader: typeof require.main }
    }`
      deploy({ ...options, loadsBy, codeDir: functionFolder({ 'index.js': code }) })
      const answer = await client.invoke('f', Buffer.alloc(0), { tail: true })
      expect(json(answer)).toMatchObject({ returned: ['undefined', 'undefined'], calledBack: false })
      expect(log(answer)).toContain('two\rlines\nout\nerr\n')
    },
  )

  it('passes context and variables as the managed runtime does, and nothing from this process', async () => {
    vi.stubEnv('OF_THIS_PROCESS', 'secret')
    deploy({ ...options, timeout: 7, memorySize: 256, env: (url) => ({ ENDPOINT: url, LOG_LEVEL: 'debug' }) })
    const context = json(await client.invoke('f', order('context')))
    expect(context).toMatchObject({
      requestId: expect.stringMatching(REQUEST_ID) as unknown,
      credentials: { accessKeyId: expect.stringMatching(/^STS\./) as unknown },
      function: { name: 'f', handler: 'index.handler', memory: 256, timeout: 7 },
      region: 'cn-shanghai',
      accountId: LOCAL_ACCOUNT_ID,
    })
    const env = json(await client.invoke('f', order('env')))
    expect(env).toMatchObject({ ENDPOINT: emulator.url, LOG_LEVEL: 'debug', FC_FUNCTION_NAME: 'f' })
    expect(env).not.toHaveProperty('OF_THIS_PROCESS')
  })

  it("passes credentials that the local cloud accepts, with the role's policies", async () => {
    const policies = [
      { Version: '1', Statement: [{ Effect: 'Allow' as const, Action: 'live:Query*', Resource: '*' }] },
    ]
    deploy({ ...options, role: { policies } })
    const { credentials } = json(await client.invoke('f', order('context')))
    const call = openApiCore(emulator.endpoint, credentials as never)
    const DomainName = 'live1.example.com'
    expect(await call('QuerySnapshotCallbackAuth', { DomainName })).toMatchObject({ DomainName })
    const set = call('SetSnapshotCallbackAuth', { DomainName, CallbackReqAuth: 'no' })
    expect((await refusal(set)).code).toMatch(
      /NoPermission|Forbidden|Unauthorized|AccessDenied|IllegalOperation/i,
    )
  })

  it('has no credentials without a role', async () => {
    deploy({ ...options, role: null })
    const { credentials } = json(await client.invoke('f', order('context')))
    expect(credentials).toEqual({ accessKeyId: '', accessKeySecret: '', securityToken: '' })
  })

  it('gets new instances when it is redeployed', async () => {
    deploy(options)
    await client.invoke('f', order('return'))
    deploy({ ...options, codeDir: functionFolder({ 'index.mjs': 'export const handler = () => "new"' }) })
    expect((await client.invoke('f', order('return'))).body).toBe('new')
  })

  it("writes the instances' output to the given place", async () => {
    let text = ''
    deploy({ ...options, onLog: (more) => (text += more) })
    await client.invoke('f', order('log', { lines: 1 }))
    expect(text).toContain('on stderr')
  })
})

describe('who may call', () => {
  const statement = (Action: string, Resource: string) => ({
    Version: '1',
    Statement: [{ Effect: 'Allow' as const, Action, Resource }],
  })
  const [v3, v2] = ['functions/f', 'services/svc/functions/f'].map(
    (name) => `acs:fc:cn-shanghai:${LOCAL_ACCOUNT_ID}:${name}`,
  )

  it.each([
    ['FC 3.0', v3!, undefined],
    ['FC 2.0', v2!, 'svc'],
  ])('%s: callers whose policies allow it', async (_, resource, service) => {
    deploy(service === undefined ? {} : { service })
    const client = (policies: ReturnType<typeof statement>[]): Client => {
      const credential = emulator.credentials.issue({ policies })
      return service === undefined
        ? fc3Client(emulator.endpoint, credential)
        : fc2Client(emulator.url, service, credential)
    }
    const allowed = await client([statement('fc:InvokeFunction', resource)]).invoke('f', order('return'))
    expect(json(allowed)).toMatchObject({ runs: 1 })
    for (const policies of [
      [],
      [statement('fc:InvokeFunction', `${resource}2`)],
      [statement('fc:Get*', '*')],
    ]) {
      expect((await refusal(client(policies).invoke('f', order('return')))).code).toBe('AccessDenied')
    }
  })

  it('nobody with a wrong secret, an unknown id or an expired token', async () => {
    deploy()
    deploy({ service: 'svc' })
    const credential = emulator.credentials.issue({ expiresAt: Date.now() - 1 })
    const wrong = { accessKeyId: 'local-access-key-id', accessKeySecret: 'wrong' }
    const unknown = { accessKeyId: 'unknown', accessKeySecret: 'wrong' }
    const codes: string[] = []
    for (const identity of [wrong, unknown, credential]) {
      for (const client of [
        fc3Client(emulator.endpoint, identity),
        fc2Client(emulator.url, 'svc', identity),
      ]) {
        codes.push((await refusal(client.invoke('f', order('return')))).code)
      }
    }
    expect(codes).toEqual([
      ...['SignatureNotMatch', 'SignatureNotMatch'],
      ...['InvalidAccessKeyID', 'InvalidAccessKeyID'],
      ...['InvalidSecurityToken.Expired', 'InvalidSecurityToken.Expired'],
    ])
  })

  it('nobody of another account', async () => {
    deploy()
    const stranger = emulator.credentials.issue({ accountId: '2000000000000002' })
    const call = fc3Client(emulator.endpoint, stranger).invoke('f', order('return'))
    expect((await refusal(call)).code).toBe('FunctionNotFound')
  })

  it('FC 3.0 reaches a function of FC 2.0 as service$function; not the other way', async () => {
    deploy({ service: 'svc' })
    deploy({ name: 'g' })
    const three = fc3Client(emulator.endpoint)
    expect(json(await three.invoke('svc$f', order('return')))).toMatchObject({ runs: 1 })
    const two = fc2Client(emulator.url, 'other')
    expect((await refusal(two.invoke('g', order('return')))).code).toBe('ServiceNotFound')
  })

  it("refuses unknown paths in Function Compute's words", async () => {
    const response = await fetch(`${emulator.url}/2023-03-30/functions`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ Code: 'MissingRequiredHeader' })
  })
})

it('counts and breaks calls like those of other products', async () => {
  deploy()
  const client = fc3Client(emulator.endpoint)
  emulator.faults.add({ kind: 'error', action: 'InvokeFunction', status: 500, code: 'InternalServerError' })
  expect(await refusal(client.invoke('f', ''))).toEqual({ code: 'InternalServer', status: 500 })
  await client.invoke('f', '')
  expect(emulator.calls.of('InvokeFunction').map(({ target, status }) => [target, status])).toEqual([
    ['f', 500],
    ['f', 200],
  ])
})

it('refuses what cannot be deployed', () => {
  const codeDir = functionFolder()
  const deploying = (options: Partial<FunctionOptions>) => () => deploy({ codeDir, ...options })
  expect(deploying({ name: '1f' })).toThrow(TypeError)
  expect(deploying({ name: 'a$b' })).toThrow(TypeError)
  expect(deploying({ codeDir: '/no/such/folder' })).toThrow(TypeError)
})
