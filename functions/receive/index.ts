import { systemClock } from '../../lib/core/clock.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { FcHttpResponse } from '../../lib/receiver/adapters/fc-event.ts'
import { fcAnswer } from '../../lib/receiver/adapters/fc-event.ts'
import { kmsKeyset, type KmsCredentials } from '../../lib/receiver/index.ts'
import { readReceiverConfig } from './config.ts'
import { createReceiver } from './receiver.ts'

/** What is needed of the context of an invocation (help.aliyun.com, Function Compute, "context"). */
interface FunctionContext {
  readonly credentials?: KmsCredentials
}

let receive: ((event: Uint8Array | string) => Promise<FcHttpResponse>) | undefined
let credentials: KmsCredentials | undefined

/**
 * The reference receiver, as Function Compute calls it for an HTTP trigger: for callback servers that cannot verify for
 * themselves. Configured by environment variables, see {@link readReceiverConfig}.
 *
 * @param event - A Buffer with the HTTP event as JSON.
 * @returns An HTTP response. 500 when it is wrongly configured; the log says what is wrong.
 */
export async function handler(event: Uint8Array, context: FunctionContext): Promise<FcHttpResponse> {
  // Those of the role: they run out, and come anew with every invocation.
  credentials = context.credentials?.accessKeyId ? context.credentials : undefined
  try {
    receive ??= start()
    return await receive(event)
  } catch (error) {
    const message =
      error instanceof RotatorError
        ? error.message
        : `the receiver has failed (${error instanceof Error ? error.name : typeof error})`
    write(`${JSON.stringify({ level: 'error', event: 'failed', message })}\n`)
    return fcAnswer(500)
  }
}

function start(): (event: Uint8Array | string) => Promise<FcHttpResponse> {
  const config = readReceiverConfig(process.env)
  const keyset = kmsKeyset({
    region: config.region,
    secret: config.secret,
    ...(config.kmsEndpoint !== null && { endpoint: config.kmsEndpoint }),
    credentials: () => {
      if (credentials !== undefined) return credentials
      throw new RotatorError(
        'badCredentials',
        'the function has no role: give it one that may read the secret',
      )
    },
    onError: ({ code, message }) =>
      write(`${JSON.stringify({ level: 'warn', event: 'keysetNotRead', code, message })}\n`),
  })
  return createReceiver({ config, keyset, clock: systemClock, write })
}

function write(line: string): void {
  process.stdout.write(line)
}
