import type { Sink } from './io.ts'

/**
 * Handles output that cannot be written. The reader of a pipe may leave early, as `head` does: the work continues and
 * ends with its own exit code. Any other failure of stdout, such as a full disk, loses the result: it is reported on
 * stderr, and `exit` is called with 1.
 */
export function handleOutputErrors(stdout: Sink, stderr: Sink, exit: (code: number) => void): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    stderr.write(`error: stdout cannot be written (${error.code ?? error.name})\n`, () => exit(1))
  })
  // There is nowhere left to report it.
  stderr.on('error', () => undefined)
}
