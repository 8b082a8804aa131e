import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Gate {
  readonly url: string
  /** The next request, as soon as it is there: it waits until it is answered. */
  readonly next: () => Promise<ServerResponse>
}

/** A server at which a function waits until the test lets it go on. */
export async function startGate(): Promise<Gate> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    next: async () => ((await once(server, 'request')) as [unknown, ServerResponse])[1],
  }
}
