import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Clock } from '../../../../core/clock.ts'
import { RotatorError } from '../../../../core/errors.ts'
import { closeServer, listen } from '../../../../core/local-server.ts'
import { systemCode } from '../../../../core/system-code.ts'
import { SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../../../../keyset/signature.ts'

/** How many bytes of a body to keep, to recognise it. */
const LONGEST_BODY = 65_536

/** A received callback. */
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

/** Receives callbacks on this machine. Whoever waits for one decides its answer; all others are answered 200. */
export class Listener {
  /** The URL by which the cloud reaches it. */
  readonly url: URL
  readonly #server: Server
  #waiting: Waiting | null = null
  /** How many callbacks were received, awaited or not. */
  received = 0

  private constructor(url: URL, server: Server) {
    this.url = url
    this.#server = server
  }

  /** @throws RotatorError `usage` if the port is not available. */
  static async open({ host, port }: Address, url: URL): Promise<Listener> {
    const server = createServer((request, response) => {
      // A caller that has disconnected gets no answer.
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

  /** The next callback that `accepts` accepts; null if none comes in time. */
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
      // A stop by the user is not an arrival.
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
    // Reads the rest too: otherwise the sender could not read the answer.
    if (body.length < LONGEST_BODY) body += Buffer.from(chunk as Uint8Array).toString('latin1')
  }
  return body
}
