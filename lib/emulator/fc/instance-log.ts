const KEPT = 65_536
/** The size of the log that `X-Fc-Log-Type: Tail` returns. */
const TAIL_BYTES = 4096

/** The recent output of one invocation. */
export class InstanceLog {
  #text = ''

  append(text: string): void {
    this.#text = (this.#text + text).slice(-KEPT)
  }

  /** Whether the invocation's last line has arrived. */
  hasEnd(requestId: string): boolean {
    const at = this.#text.indexOf(endLine(requestId))
    return at >= 0 && this.#text.includes('\n', at)
  }

  /** The last 4 KB, in whole characters. */
  get tail(): Buffer {
    const bytes = Buffer.from(this.#text)
    let start = Math.max(0, bytes.length - TAIL_BYTES)
    while (((bytes[start] ?? 0) & 0xc0) === 0x80) start++
    return bytes.subarray(start)
  }
}

export function endLine(requestId: string): string {
  return `FC Invoke End RequestId: ${requestId}`
}
