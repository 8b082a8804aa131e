import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { closeServer, listen } from '../../lib/core/local-server.ts'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import { boundedText } from '../../lib/core/bounded-text.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { httpSend } from '../../lib/notify/send.ts'
import { ossStore } from '../../lib/receipts/oss-store.ts'

let server: Server
let written = 0
let status = 200

/** Answers without end. */
beforeEach(async () => {
  written = 0
  server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' })
    const chunk = 'x'.repeat(16_384)
    const go = (): void => {
      while (!response.destroyed) {
        written += chunk.length
        if (!response.write(chunk)) {
          response.once('drain', go)
          return
        }
      }
    }
    go()
  })
  await listen(server)
})
afterEach(async () => {
  await closeServer(server)
})

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

it('an endless answer is read up to 64 kB', async () => {
  status = 200
  const text = await boundedText(await fetch(url()))
  expect(text).toHaveLength(65_536)
})

it.each(['json', 'slack', 'dingtalk', 'feishu'] as const)(
  'a %s webhook cannot fill the memory',
  async (format) => {
    status = 200
    const { accepted } = await httpSend()({ url: url(), format }, {})
    expect(accepted).toBe(format === 'json' || format === 'slack')
    // What the sockets hold besides.
    expect(written).toBeLessThan(32 * 2 ** 20)
  },
)

it('neither can an object store', async () => {
  status = 403
  const store = ossStore({
    bucket: 'b',
    prefix: '',
    region: 'cn-shanghai',
    endpoint: url(),
    credentials: fixedCredentials({ accessKeyId: 'id', accessKeySecret: 'secret' }),
    clock: systemClock,
  })
  await expect(store.put('x', '{}')).rejects.toMatchObject({ code: 'invalidRequest' })
  expect(written).toBeLessThan(32 * 2 ** 20)
})
