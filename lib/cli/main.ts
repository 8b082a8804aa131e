#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { systemClock } from '../clock.ts'
import { RotatorError } from '../errors.ts'
import { runCli } from './cli.ts'

const controller = new AbortController()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new RotatorError('deadline', 'stopped by Ctrl-C; the next run goes on from there'))
  })
}
// The reader of a pipe may leave early, as `head` does.
process.stdout.on('error', () => process.exit(0))

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const exitCode = await runCli(process.argv.slice(2), {
  version,
  services: async () => (await import('./cloud-services.ts')).cloudServices,
  io: {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    interrupted: controller.signal,
  },
})

process.exitCode = exitCode
// What was still waiting in a queue is given up.
if (controller.signal.aborted) process.stdout.write('', () => process.exit())
