import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { ClientRequest } from 'node:http'
import { TLSSocket } from 'node:tls'
import { RotatorError } from '../../core/errors.ts'
import { isObject } from '../../core/objects.ts'

// The SDK chooses the connection. A new one takes DNS, TCP and TLS: seconds, in which the process may also be frozen. Node
// tells of each request here once it has a connection; until that is open, the request waits in memory.

interface Check {
  readonly mayGo: () => boolean
  refused: boolean
}

const checks = new AsyncLocalStorage<Check>()

subscribe('http.client.request.start', (message) => {
  const check = checks.getStore()
  const request = requestIn(message)
  const socket = request?.socket
  if (!check || !socket?.connecting) return
  socket.prependOnceListener(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
    if (check.mayGo()) return
    check.refused = true
    request?.destroy()
  })
})

/** The last check before a request said no. Nothing was sent, so the call may be made again. */
export class NotSent extends RotatorError {
  constructor(api: string) {
    super('unavailable', `${api} was not sent: this process was held up after it had read the keyset`, {
      retryable: true,
    })
  }
}

/**
 * Makes one HTTP request, but only if `mayGo` agrees right before it is written: at once on a connection that is kept
 * alive, otherwise when the new connection is open.
 *
 * @throws NotSent when it does not agree; what `send` throws.
 */
export async function checkedLast<T>(mayGo: () => boolean, api: string, send: () => Promise<T>): Promise<T> {
  if (!mayGo()) throw new NotSent(api)
  const check: Check = { mayGo, refused: false }
  try {
    return await checks.run(check, send)
  } catch (error) {
    throw check.refused ? new NotSent(api) : error
  }
}

function requestIn(message: unknown): ClientRequest | undefined {
  if (!isObject(message) || !('request' in message)) return undefined
  return message.request instanceof ClientRequest ? message.request : undefined
}
