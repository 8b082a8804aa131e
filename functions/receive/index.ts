import { systemClock } from '../../lib/core/clock.ts'
import { quietNodeDebug } from '../../lib/core/quiet-node-debug.ts'
import { RotatorError, toRotatorError } from '../../lib/core/errors.ts'
import { fcAnswer, type FcHttpResponse } from '../../lib/receiver/adapters/fc-event.ts'
import { kmsKeyset, type KmsCredentials } from '../../lib/receiver/index.ts'
import { readReceiverConfig } from './config.ts'
import { createReceiver, logLine, type Receive } from './receiver.ts'

quietNodeDebug()

/** What the receiver needs from an invocation's context (help.aliyun.com, Function Compute, "context"). */
interface FunctionContext {
  readonly requestId?: string
  readonly credentials?: KmsCredentials
}

let receive: Receive | undefined
let credentials: KmsCredentials | undefined

/**
 * The reference receiver, which Function Compute calls for an HTTP trigger: for callback servers that cannot verify by
 * themselves. Configured by environment variables, see {@link readReceiverConfig}.
 *
 * @param event - A Buffer with the HTTP event as JSON.
 * @returns An HTTP response. 500 if it is misconfigured; the log says why.
 */
export async function handler(event: Uint8Array, context: FunctionContext): Promise<FcHttpResponse> {
  const { requestId } = context
  // The role's credentials expire, and every invocation brings new ones.
  credentials = context.credentials?.accessKeyId ? context.credentials : undefined
  try {
    receive ??= start()
    return await receive(event, requestId)
  } catch (error) {
    write('error', 'failed', { requestId, message: toRotatorError(error).message })
    return fcAnswer(500)
  }
}

function start(): Receive {
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
    onError: ({ code, message }) => write('warn', 'keysetNotRead', { code, message }),
  })
  return createReceiver({ config, keyset, clock: systemClock, write: (line) => process.stdout.write(line) })
}

function write(level: string, event: string, details: Readonly<Record<string, unknown>>): void {
  process.stdout.write(logLine(systemClock, level, event, details))
}
