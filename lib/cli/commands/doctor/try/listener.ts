import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Clock } from '../../../../core/clock.ts'
import { RotatorError } from '../../../../core/errors.ts'
import { closeServer, listen } from '../../../../core/local-server.ts'
import { systemCode } from '../../../../core/system-code.ts'
import { SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../../../../keyset/signature.ts'

/** Bytes of a body that are kept, to know it again. */
const LONGEST_BODY = 65_536

/** A callback that came in. */
export interface Received {
  readonly timestamp: string
  readonly signature: string
  readonly body: string
}

/** How a callback is answered: by a status, or not at all. */
export type Reply = number | 'silence'

interface Waiting {
  readonly accepts: (received: Received) => boolean
  readonly reply: Reply
  readonly take: (received: Received) => void
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Takes callbacks on this machine. Whoever waits for one says how it is answered; all others are answered by 200. */
export class Listener {
  /** As the cloud reaches it. */
  readonly url: URL
  readonly #server: Server
  #waiting: Waiting | null = null
  /** How many callbacks came in, waited for or not. */
  received = 0

  private constructor(url: URL, server: Server) {
    this.url = url
    this.#server = server
  }

  /** @throws RotatorError `usage` where the port cannot be had. */
  static async open({ host, port }: Address, url: URL): Promise<Listener> {
    const server = createServer((request, response) => {
      // A caller that went away is nobody to answer.
      void listener.#take(request, response).catch(() => request.socket.destroy())
    })
    const listener = new Listener(url, server)
    try {
      await listen(server, port, host)
    } catch (cause) {
      const code = systemCode(cause) ?? 'unknown reason'
      const message = `cannot listen on ${host}:${port} (${code}): give another port to --try-listen`
      throw new RotatorError('usage', message, { cause })
    }
    return listener
  }

  /** The next callback that `accepts` takes; null where none comes in time. */
  async next(
    accepts: Waiting['accepts'],
    reply: Reply,
    withinMs: number,
    clock: Clock,
  ): Promise<Received | null> {
    const arrived = new AbortController()
    let found: Received | null = null
    this.#waiting = {
      accepts,
      reply,
      take: (received) => {
        found = received
        arrived.abort()
      },
    }
    try {
      await clock.sleep(withinMs, arrived.signal)
    } catch (error) {
      // What was stopped by the user is no arrival.
      if (!arrived.signal.aborted) throw error
    } finally {
      this.#waiting = null
    }
    return found
  }

  close(): Promise<void> {
    return closeServer(this.#server)
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received: Received = {
      timestamp: String(request.headers[TIMESTAMP_HEADER] ?? ''),
      signature: String(request.headers[SIGNATURE_HEADER] ?? ''),
      body: await bodyOf(request),
    }
    this.received++
    const waiting = this.#waiting?.accepts(received) === true ? this.#waiting : null
    if (waiting?.reply !== 'silence') response.writeHead(waiting?.reply ?? 200).end()
    if (waiting === null) return
    this.#waiting = null
    waiting.take(received)
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) {
    // What is beyond is read, too: else its sender could not read the answer.
    if (body.length < LONGEST_BODY) body += Buffer.from(chunk as Uint8Array).toString('latin1')
  }
  return body
}
