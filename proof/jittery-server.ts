import { createServer } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeServer, listen } from '../lib/core/local-server.ts'
import { SlidingWindow } from '../lib/emulator/wire/rate-limit.ts'

export interface JitteryServer {
  readonly url: string
  /** When it counted each call, on this process's clock. */
  readonly countedAt: readonly number[]
  readonly refused: () => number
  readonly close: () => Promise<void>
}

/** A server that limits the calls in any second; each call takes time to arrive, and its answer to come back. */
export async function jitteryServer(limit: number, latency: () => number): Promise<JitteryServer> {
  const window = new SlidingWindow(limit, 1_000)
  const countedAt: number[] = []
  let refused = 0
  const server = createServer((_, response) => {
    void (async () => {
      await sleep(latency() / 2)
      const at = performance.now()
      countedAt.push(at)
      const passes = window.admit(at)
      if (!passes) refused++
      await sleep(latency() / 2)
      response.writeHead(passes ? 200 : 400).end()
    })()
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}/`,
    countedAt,
    refused: () => refused,
    close: async () => {
      await closeServer(server)
    },
  }
}
