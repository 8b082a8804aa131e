import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startEmulator, type Emulator } from '../../../lib/emulator/emulator.ts'
import type { AsyncInvokeConfig, FunctionOptions } from '../../../lib/emulator/fc/function-options.ts'
import { refusal } from '../sdks.ts'
import { fc2Client, fc3Client, type Client, type Task } from './clients.ts'
import { functionFolder } from './fixture.ts'
import { startGate } from './gate.ts'

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator({
    functionCompute: { pace: { backoffMs: 5, retryMs: 5 }, showsReturnPayload: true },
  })
})
afterEach(() => emulator.close())

const FAILURES = {
  onFailure: { destination: 'acs:mns:cn-shanghai::/queues/failed/messages' },
}

function order(what: string, more: object = {}): string {
  return JSON.stringify({ do: what, ...more })
}

function statuses({ events }: Task): string[] {
  return (events as { status: string }[]).map(({ status }) => status)
}

const VERSIONS: readonly [string, () => { client: Client; options: Partial<FunctionOptions> }][] = [
  ['FC 3.0', () => ({ client: fc3Client(emulator.endpoint), options: {} })],
  ['FC 2.0', () => ({ client: fc2Client(emulator.url, 'svc'), options: { service: 'svc' } })],
]

describe.each(VERSIONS)('asynchronous, %s', (_, version) => {
  let client: Client
  let deploy: (asyncInvokeConfig?: AsyncInvokeConfig) => void
  beforeEach(() => {
    const { client: made, options } = version()
    client = made
    deploy = (asyncInvokeConfig = {}) =>
      emulator.functions.deploy({ name: 'f', codeDir: functionFolder(), asyncInvokeConfig, ...options })
  })

  it('accepts the call at once, and reports the task until it is over', async () => {
    deploy()
    const { url, next } = await startGate()
    const held = next()
    const accepted = await client.invoke('f', order('wait', { url }), { async: true, taskId: 'mine' })
    expect(accepted.body).toBe('')
    const response = await held
    expect(await client.getTask('f', 'mine')).toMatchObject({ status: 'Running', alreadyRetriedTimes: 0 })
    response.end('done')
    await emulator.functions.idle()
    const task = await client.getTask('f', 'mine')
    expect(task).toMatchObject({ status: 'Succeeded', returnPayload: 'done', qualifier: 'LATEST' })
    expect(statuses(task)).toEqual(['Enqueued', 'Running', 'Succeeded'])
    expect(task['requestId']).toBe(accepted.headers['x-fc-request-id'])
  })

  it('uses the request id if no task id is given', async () => {
    deploy()
    const { headers } = await client.invoke('f', order('return'), { async: true })
    const taskId = headers['x-fc-async-task-id'] ?? headers['x-fc-stateful-async-invocation-id']
    expect(taskId).toBe(headers['x-fc-request-id'])
    await emulator.functions.idle()
    expect(await client.getTask('f', taskId!)).toMatchObject({ status: 'Succeeded' })
  })

  it('refuses a used task id and a malformed one', async () => {
    deploy()
    await client.invoke('f', order('return'), { async: true, taskId: 'once' })
    const again = client.invoke('f', order('return'), { async: true, taskId: 'once' })
    expect((await refusal(again)).code).toBe('StatefulAsyncInvocationAlreadyExists')
    const malformed = client.invoke('f', order('return'), { async: true, taskId: '1st' })
    expect((await refusal(malformed)).code).toBe('InvalidArgument')
    await emulator.functions.idle()
    expect(await client.listTasks('f')).toHaveLength(1)
  })

  it('retries a failed run with the same event and request id until one succeeds', async () => {
    deploy({ maxAsyncRetryAttempts: 2, destinationConfig: FAILURES })
    const file = join(functionFolder(), 'attempts')
    const event = order('flaky', { file, good: 3 })
    const { headers } = await client.invoke('f', event, { async: true, taskId: 'flaky' })
    await emulator.functions.idle()
    const task = await client.getTask('f', 'flaky')
    expect(task).toMatchObject({
      status: 'Succeeded',
      alreadyRetriedTimes: 2,
      returnPayload: '{"attempts":3}',
    })
    const id = headers['x-fc-request-id']!
    expect(readFileSync(file, 'utf8')).toBe(`${id} 0\n${id} 1\n${id} 2\n`)
    expect(emulator.functions.deliveries).toEqual([])
  })

  it('gives up after the last retry and notifies the failure destination', async () => {
    deploy({ maxAsyncRetryAttempts: 1, destinationConfig: FAILURES })
    const { headers } = await client.invoke('f', order('throw'), { async: true, taskId: 'bad' })
    await emulator.functions.idle()
    const task = await client.getTask('f', 'bad')
    expect(statuses(task)).toEqual(['Enqueued', 'Running', 'Retrying', 'Running', 'Failed'])
    const [delivery, ...more] = emulator.functions.deliveries
    expect(more).toEqual([])
    expect(delivery).toEqual({
      destination: FAILURES.onFailure.destination,
      message: {
        timestamp: task['endTime'],
        requestContext: {
          requestId: headers['x-fc-request-id'],
          functionArn: expect.stringMatching(
            /^acs:fc:cn-shanghai:\d+:(services\/svc\/)?functions\/f$/,
          ) as unknown,
          condition: 'HandledInvocationError',
          approximateInvokeCount: 2,
        },
        requestPayload: order('throw'),
        responseContext: { statusCode: 200, functionError: 'HandledInvocationError' },
        responsePayload: expect.stringContaining('it went wrong') as unknown,
      },
    })
  })

  it('waits while another run is under way: never two at once', async () => {
    deploy()
    const { url, next } = await startGate()
    const [held, first] = [next(), client.invoke('f', order('wait', { url }))]
    const response = await held
    await client.invoke('f', order('return'), { async: true, taskId: 'second' })
    expect(await client.getTask('f', 'second')).toMatchObject({ status: 'Enqueued', startedTime: 0 })
    response.end('done')
    await first
    await emulator.functions.idle()
    expect(await client.getTask('f', 'second')).toMatchObject({ status: 'Succeeded', alreadyRetriedTimes: 0 })
  })

  it('drops a call that waited too long to the failure destination', async () => {
    deploy({ maxAsyncEventAgeInSeconds: 0.05, destinationConfig: FAILURES })
    const { url, next } = await startGate()
    const [held, first] = [next(), client.invoke('f', order('wait', { url }))]
    const response = await held
    await client.invoke('f', order('return'), { async: true, taskId: 'late' })
    await emulator.functions.idle()
    response.end()
    await first
    expect(await client.getTask('f', 'late')).toMatchObject({ status: 'Expired' })
    expect(emulator.functions.deliveries[0]?.message.requestContext).toMatchObject({
      condition: 'EventAgeExceeded',
      approximateInvokeCount: 0,
    })
  })

  it('stops a running task and a waiting one', async () => {
    deploy({ destinationConfig: FAILURES })
    const { url, next } = await startGate()
    const held = next()
    await client.invoke('f', order('wait', { url }), { async: true, taskId: 'runs' })
    await held
    await client.invoke('f', order('return'), { async: true, taskId: 'waits' })
    await client.stopTask('f', 'waits')
    await client.stopTask('f', 'runs')
    await emulator.functions.idle()
    const tasks = await client.listTasks('f', { status: 'Stopped' })
    expect(tasks.map((task) => task['taskId'] ?? task['invocationId'])).toEqual(['waits', 'runs'])
    expect((await refusal(client.stopTask('f', 'runs'))).code).toBe('StatefulAsyncInvocationAlreadyCompleted')
    expect((await refusal(client.getTask('f', 'other'))).code).toBe('StatefulAsyncInvocationNotFound')
    expect(emulator.functions.deliveries).toEqual([])
    expect((await client.invoke('f', order('text', { text: 'well again' }))).body).toBe('well again')
  })

  it('lists tasks page by page, the newest first', async () => {
    deploy()
    for (const taskId of ['a1', 'a2', 'b1']) {
      await client.invoke('f', order('return'), { async: true, taskId })
    }
    await emulator.functions.idle()
    const ids = async (query: Record<string, string>) =>
      (await client.listTasks('f', query)).map((task) => task['taskId'] ?? task['invocationId'])
    expect(await ids({ limit: '2' })).toEqual(['b1', 'a2'])
    expect(await ids({ limit: '2', nextToken: '2' })).toEqual(['a1'])
    expect(await ids({ prefix: 'a' })).toEqual(['a2', 'a1'])
  })

  it('posts to a destination URL', async () => {
    const bodies: unknown[] = []
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        bodies.push(JSON.parse(body))
        response.end()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const destination = `http://127.0.0.1:${(server.address() as AddressInfo).port}/done`
    deploy({ destinationConfig: { onSuccess: { destination } } })
    await client.invoke('f', order('text', { text: 'fine' }), { async: true })
    await emulator.functions.idle()
    expect(bodies).toMatchObject([{ responsePayload: 'fine', requestContext: { condition: '' } }])
  })
})
