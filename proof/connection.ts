import { createConnection, type Socket } from 'node:net'

/** `accepted`, `quarantined`, `rejected` (401), another status, or `error` where no answer came. */
export type Answer = string

type Done = (answer: Answer, since: number) => void

/**
 * One HTTP/1.1 connection that is kept alive, with up to `depth` requests under way. Little more than a socket, so the
 * sender leaves the processor to the server.
 */
export class Connection {
  readonly depth: number
  readonly #host: string
  readonly #port: number
  readonly #open: { readonly since: number; readonly done: Done }[] = []
  #socket: Socket | null = null
  #received = ''

  constructor(host: string, port: number, depth: number) {
    this.#host = host
    this.#port = port
    this.depth = depth
  }

  get underWay(): number {
    return this.#open.length
  }

  get room(): number {
    return this.depth - this.#open.length
  }

  /** Sends requests, one for each of `since`; `done` gets each answer with its `since`. */
  send(requests: string, since: readonly number[], done: Done): void {
    for (const one of since) this.#open.push({ since: one, done })
    this.#socket ??= this.#connect()
    this.#socket.write(requests, 'latin1')
  }

  close(): void {
    this.#socket?.destroy()
  }

  #connect(): Socket {
    const socket = createConnection({ host: this.#host, port: this.#port, noDelay: true })
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#read(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#socket = null
      this.#received = ''
      while (this.#open.length > 0) this.#answer('error')
    })
    return socket
  }

  #read(chunk: string): void {
    this.#received += chunk
    let from = 0
    for (;;) {
      const head = this.#received.indexOf('\r\n\r\n', from)
      if (head < 0) break
      const text = this.#received.slice(from, head)
      const end = this.#endOf(text, head + 4)
      if (end === null) break
      from = end
      this.#answer(answerOf(text))
    }
    this.#received = this.#received.slice(from)
  }

  /** Where the answer that `text` begins with ends; null while it is incomplete. */
  #endOf(text: string, body: number): number | null {
    const length = /content-length: (\d+)/i.exec(text)?.[1]
    if (length === undefined && /transfer-encoding/i.test(text)) {
      const last = this.#received.indexOf('0\r\n\r\n', body)
      return last < 0 ? null : last + 5
    }
    const end = body + Number(length ?? 0)
    return end <= this.#received.length ? end : null
  }

  #answer(answer: Answer): void {
    const first = this.#open.shift()
    first?.done(answer, first.since)
  }
}

function answerOf(head: string): Answer {
  const verdict = /x-verdict: (\w+)/i.exec(head)?.[1]
  const status = head.slice(9, 12)
  return verdict ?? (status === '401' ? 'rejected' : `status ${status}`)
}
