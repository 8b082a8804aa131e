import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { closeServer, listen } from '../../core/local-server.ts'
import type { Outcome } from './gateway.ts'
import { refusalOf } from './visitor.ts'
import { readRequest, type WireAnswer, type WireRequest } from './wire.ts'

export interface ServerOptions {
  readonly port: number
  readonly handle: (request: WireRequest) => Promise<Outcome>
  /** Answers `/_emulator/…`; null for any other path. */
  readonly control: (request: WireRequest) => Promise<WireAnswer | null>
  /** See {@link refusalOf}. */
  readonly productHosts: readonly RegExp[]
  /** The time in the `Date` of answers, in milliseconds. */
  readonly now: () => number
  readonly crash: () => void
}

/** The emulator's one HTTP server, on 127.0.0.1 only. Counts the requests under way. */
export class EmulatorServer {
  readonly #options: ServerOptions
  readonly #http: Server
  #open = 0
  #held = 0

  constructor(options: ServerOptions) {
    this.#options = options
    this.#http = createServer((incoming, outgoing) => {
      void this.#serve(incoming, outgoing)
    })
    this.#http.keepAliveTimeout = 60_000
    // Only its caller ends a hanging request.
    this.#http.requestTimeout = 0
  }

  /** Requests delayed on purpose: for latency, or forever. */
  get held(): number {
    return this.#held
  }

  /** Requests under way, except held ones. */
  get inFlight(): number {
    return this.#open - this.#held
  }

  listen(): Promise<number> {
    return listen(this.#http, this.#options.port)
  }

  /** Waits for `promise` without counting its request as busy. */
  async hold(promise: Promise<unknown>): Promise<void> {
    this.#held++
    try {
      await promise
    } finally {
      this.#held--
    }
  }

  close(): Promise<void> {
    return closeServer(this.#http)
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    this.#open++
    try {
      await this.#finish(await this.#outcomeOf(incoming), incoming, outgoing)
    } catch {
      // The caller disconnected, or the answer could not be written: nobody is left to answer.
      incoming.socket.destroy()
    } finally {
      this.#open--
    }
  }

  async #outcomeOf(incoming: IncomingMessage): Promise<Outcome> {
    const refusal = refusalOf(incoming.headers, this.#options.productHosts)
    if (refusal !== null) return { kind: 'answer', answer: refused(refusal) }
    const request = await readRequest(incoming)
    const controlled = await this.#options.control(request)
    return controlled === null ? this.#options.handle(request) : { kind: 'answer', answer: controlled }
  }

  async #finish(outcome: Outcome, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (incoming.socket.destroyed) return
    if (outcome.kind === 'answer') {
      const { status, headers, body } = outcome.answer
      outgoing.writeHead(status, {
        date: new Date(this.#options.now()).toUTCString(),
        ...headers,
        'content-length': Buffer.byteLength(body),
      })
      await new Promise<void>((resolve) => {
        outgoing.once('close', resolve)
        outgoing.end(body)
      })
    } else if (outcome.kind === 'reset') {
      incoming.socket.resetAndDestroy()
    } else if (outcome.kind === 'hang') {
      await this.hold(new Promise((resolve) => incoming.socket.once('close', resolve)))
    } else {
      incoming.socket.destroy()
      if (outcome.kind === 'crash') this.#options.crash()
    }
  }
}

/** Its body was not read: the connection cannot serve another request. */
function refused(error: string): WireAnswer {
  return {
    status: 403,
    headers: { 'content-type': 'application/json;charset=utf-8', connection: 'close' },
    body: `${JSON.stringify({ error })}\n`,
  }
}
