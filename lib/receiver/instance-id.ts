import { hexOf } from '../core/hash-words.ts'

/**
 * Makes the id of one keyset cache: 12 hex digits, random, the same for as long as this process lives. It is drawn when
 * it is first asked for, and anew where the process is another one: instances that were started from one image of a
 * running process must not share it, nor the threads of one process.
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

/** Edge runtimes have no process, and no second one. */
function processId(): number {
  return typeof process === 'undefined' ? 0 : process.pid
}
