import type { Clock } from '../../lib/core/clock.ts'

/** A verified callback to send to the target. */
export interface Delivery {
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

export interface HandOverResult {
  readonly delivered: boolean
  readonly attempts: number
  /** How the last attempt ended, safe to log. */
  readonly detail: string
}

/** Live gives up after 5 s, and then repeats the callback. */
const LIMIT_MS = 4_000
const ONE_MS = 1_500
const PAUSES_MS = [100, 400]
/** Nobody uses a target's answer beyond its status, but reading it lets the connection be reused. */
const LARGEST_ANSWER = 65_536

/**
 * POSTs a callback to the target, and retries transient failures until 4 s after the invocation began at `startedAt` (a
 * tick), because Live is waiting even while the keyset is read. The target may see it twice. A 2xx counts as delivered;
 * any other answer below 500 except 429 is final. Never throws.
 */
export async function handOver(
  target: URL,
  delivery: Delivery,
  startedAt: number,
  clock: Clock,
): Promise<HandOverResult> {
  const deadline = startedAt + LIMIT_MS
  for (let attempts = 1; ; attempts++) {
    const { delivered, final, detail } = await attempt(
      target,
      delivery,
      Math.min(ONE_MS, deadline - clock.tick()),
      clock,
    )
    const pause = PAUSES_MS[attempts - 1]
    if (delivered || final || pause === undefined || clock.tick() + pause >= deadline) {
      return { delivered, attempts, detail }
    }
    await clock.sleep(pause)
  }
}

async function attempt(target: URL, { body, headers }: Delivery, timeoutMs: number, clock: Clock) {
  const giveUp = new AbortController()
  const timer = new AbortController()
  clock.sleep(timeoutMs, timer.signal).then(
    () => giveUp.abort(),
    () => undefined,
  )
  try {
    // Following a redirect could change the method, so the target's final URL must be configured.
    const answer = await fetch(target, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: giveUp.signal,
    })
    await readSome(answer.body)
    const { status } = answer
    return {
      delivered: answer.ok,
      final: status < 500 && status !== 429,
      detail: `the target answered ${status}`,
    }
  } catch {
    const detail = giveUp.signal.aborted ? 'the target did not answer' : 'no connection to the target'
    return { delivered: false, final: false, detail }
  } finally {
    timer.abort()
  }
}

/** Reads an answer up to its limit or until aborted. Never throws: the status has said everything. */
async function readSome(body: ReadableStream<Uint8Array> | null): Promise<void> {
  const reader = body?.getReader()
  try {
    let length = 0
    while (reader !== undefined && length <= LARGEST_ANSWER) {
      const { done, value } = await reader.read()
      if (done) return
      length += value.length
    }
    await reader?.cancel()
  } catch {
    // It was cut off, by its sender or by the time limit.
  }
}
