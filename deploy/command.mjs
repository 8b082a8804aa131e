/**
 * @typedef {object} Command
 * @property {string} usage
 * @property {(args: string[], io: import('./io.mjs').Io) => Promise<number>} run resolves with the exit code: 0 fine,
 *   1 not, 2 wrong use
 */

/**
 * Runs a command; never throws.
 *
 * @param {Command} command
 * @param {string[]} args
 * @param {import('./io.mjs').Io} io
 * @returns {Promise<number>} the exit code
 */
export async function runCommand({ usage, run }, args, io) {
  try {
    return await run(args, io)
  } catch (error) {
    const wrongUse =
      error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (wrongUse) io.stderr.write(`\n${usage}\n`)
    return wrongUse ? 2 : 1
  }
}
