#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { systemClock } from '../clock.ts'
import { RotatorError } from '../errors.ts'
import { runCli } from './cli.ts'

const controller = new AbortController()

process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(130)
  process.stderr.write(
    '\nstopping: what is done stays done, and the next run goes on from there (Ctrl-C again to quit at once)\n',
  )
  controller.abort(new RotatorError('deadline', 'stopped by Ctrl-C; the next run goes on from there'))
})
process.on('SIGTERM', () => process.emit('SIGINT'))
// The reader of a pipe may leave early, as `head` does.
process.stdout.on('error', () => process.exit(0))

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

process.exitCode = await runCli(process.argv.slice(2), {
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
