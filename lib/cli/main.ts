#!/usr/bin/env node
import { systemClock } from '../core/clock.ts'
import { RotatorError } from '../core/errors.ts'
import { quietNodeDebug } from '../core/quiet-node-debug.ts'
import { VERSION } from '../core/version.ts'
import { runCli } from './cli.ts'
import { handleOutputErrors } from './output-errors.ts'

const SHOW_CURSOR = '\u001b[?25h'

quietNodeDebug()
const controller = new AbortController()

for (const [signal, by, number] of [
  ['SIGINT', 'Ctrl-C', 2],
  ['SIGTERM', 'SIGTERM', 15],
] as const) {
  process.on(signal, () => {
    if (controller.signal.aborted) {
      // A progress bar hides the cursor.
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR)
      process.exit(128 + number)
    }
    controller.abort(new RotatorError('deadline', `stopped by ${by}; the next run continues from there`))
  })
}
handleOutputErrors(process.stdout, process.stderr, (code) => process.exit(code))

const exitCode = await runCli(process.argv.slice(2), {
  version: VERSION,
  services: async () => (await import('./cloud-services.ts')).cloudServices,
  io: {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    interrupted: controller.signal,
  },
})

process.exitCode = exitCode
// Gives up what is still queued.
if (controller.signal.aborted) process.stdout.write('', () => process.exit())
