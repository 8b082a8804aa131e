import { hexOf } from '../core/hash-words.ts'

/**
 * Makes the id of one keyset cache: 12 random hex digits, the same as long as this process lives. Drawn on first use, and
 * again in a different process: instances started from one image of a running process must not share it, nor may the
 * threads of one process.
 */
export function instanceId(pid: () => number = processId): () => string {
  let id = ''
  let drawnIn: number | undefined
  return () => {
    const here = pid()
    if (here !== drawnIn) {
      id = hexOf(crypto.getRandomValues(new Uint8Array(6)))
      drawnIn = here
    }
    return id
  }
}

/** Edge runtimes have no processes to tell apart. */
function processId(): number {
  return typeof process === 'undefined' ? 0 : process.pid
}
