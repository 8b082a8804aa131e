import { createServer } from 'node:http'
import type { Clock, Random } from '../../core/clock.ts'
import { closeServer, listen } from '../../core/local-server.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET, VERDICT_HEADER } from '../../emulator/index.ts'
import { createVerifier, kmsKeyset, type KeysetSource } from '../../receiver/index.ts'
import { nodeReceiver } from '../../receiver/adapters/node.ts'

export interface Receivers {
  readonly urls: readonly string[]
  /** Reads the keyset, so that the first callback does not wait for it. */
  ready(): Promise<void>
  close(): void
}

export interface ReceiversOptions {
  readonly clock: Clock
  readonly random: Random
  readonly count: number
  readonly secret: string
  readonly region: string
  readonly kms: string
}

/** Number of instances behind each URL, taking turns as behind a load balancer. */
export const INSTANCES = 2

/** Starts receivers as a user would write them: the library, its Node adapter, and the keyset from KMS. */
export async function startReceivers({ count, ...options }: ReceiversOptions): Promise<Receivers> {
  const started = await Promise.all(Array.from({ length: count }, () => startReceiver(options)))
  return {
    urls: started.map(({ url }) => url),
    ready: async () => {
      await Promise.all(started.flatMap(({ keysets }) => keysets.map((keyset) => keyset.load())))
    },
    close: () => {
      for (const { server, keysets } of started) {
        for (const keyset of keysets) keyset.close()
        void closeServer(server)
      }
    },
  }
}

async function startReceiver(options: Omit<ReceiversOptions, 'count'>) {
  const server = createServer()
  const host = `127.0.0.1:${await listen(server)}`
  const instances = Array.from({ length: INSTANCES }, () => createInstance(host, options))
  let turn = 0
  server.on('request', (request, response) => instances[turn++ % INSTANCES]?.receive(request, response))
  return { server, keysets: instances.map(({ keyset }) => keyset), url: `http://${host}/live/snapshot` }
}

/** One instance of a receiver, with its own keyset cache. */
function createInstance(
  host: string,
  { secret, region, kms, clock, random }: Omit<ReceiversOptions, 'count'>,
) {
  const credentials = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }
  const keyset: KeysetSource = kmsKeyset({ secret, region, endpoint: kms, credentials, clock, random })
  const receive = nodeReceiver(createVerifier({ keyset, host, clock }), ({ verdict }, request, response) => {
    request.resume()
    // For the emulator's count; Live itself looks only at the status.
    response.setHeader(VERDICT_HEADER, verdict)
  })
  return { keyset, receive }
}
