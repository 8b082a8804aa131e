import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Command } from '@commander-js/extra-typings'
import { onTestFinished } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import type { CommandContext } from '../../lib/cli/command.ts'
import type { Io, Sink } from '../../lib/cli/io.ts'
import type { Services } from '../../lib/cli/services.ts'
import type { Clock } from '../../lib/core/clock.ts'
import type { RotationRequest } from '../../lib/config/types.ts'
import { run } from '../../lib/rotation/run.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud, type ModelProcess } from '../support/model-cloud.ts'

/** A stream that keeps what is written to it. */
export class Written extends Writable implements Sink {
  text = ''
  readonly isTTY: boolean
  readonly columns: number

  constructor(isTTY = false, columns = 120) {
    super()
    this.isTTY = isTTY
    this.columns = columns
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }
}

export const CONFIG = `
region: cn-shanghai
groups:
  - name: default
    secret: live/snapshot-callback/default
    domains: [live1.example.com, live2.example.com, live3.example.com]
`

/** Writes files to the test's own folder; returns the folder. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'rotator-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The reader's zone in tests. */
const UTC = { TZ: 'UTC' }

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface TryOptions {
  readonly cloud?: ModelCloud
  readonly config?: string
  readonly terminal?: boolean
  /** The terminal's width. Default 120. */
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  readonly interrupted?: AbortSignal
  /** Called for each request that is run. */
  readonly onRequest?: (request: RotationRequest) => void
  /** Wraps the connection between the run and the cloud. */
  readonly around?: ModelProcess['around']
}

/** Runs a command line on a model of the cloud, whose clock the test owns. */
export async function tryCli(args: readonly string[], options: TryOptions = {}): Promise<Outcome> {
  const clock = options.cloud?.clock ?? new TestClock()
  const cloud = options.cloud ?? new ModelCloud(clock)
  const folder = folderWith({ 'rotation.yaml': options.config ?? CONFIG })
  const io = ioFor(clock, options)
  const code = await moving(
    clock,
    runCli(args, {
      io: { ...io, env: { ...io.env, ROTATOR_CONFIG: join(folder, 'rotation.yaml'), ...options.env } },
      version: '1.2.3',
      services: () => Promise.resolve(servicesOf(cloud, options)),
    }),
  )
  return { code, out: io.stdout.text, err: io.stderr.text }
}

export function servicesOf(
  cloud: ModelCloud,
  { onRequest, around }: Pick<TryOptions, 'onRequest' | 'around'> = {},
): Services {
  const process = cloud.process()
  if (around !== undefined) process.around = around
  return {
    connect: () => Promise.resolve({ open: process.environment().open }),
    run: (request, config, environment) => {
      onRequest?.(request)
      return run(request, config, environment)
    },
  }
}

/** The context of a command that is called by itself; without services it can call nothing. */
export function contextOf(io: Io, services?: Services): CommandContext {
  const none = () => Promise.reject(new Error('nothing is called from here'))
  return {
    io,
    services: services === undefined ? none : () => Promise.resolve(services),
    program: () => new Command(),
  }
}

export function ioFor(
  clock: Clock,
  { terminal = false, columns, interrupted, env = {} }: TryOptions = {},
): Io & {
  readonly stdout: Written
  readonly stderr: Written
} {
  return {
    stdout: new Written(terminal, columns),
    stderr: new Written(terminal, columns),
    env: { ...UTC, ...env },
    clock,
    random: () => 0.5,
    interrupted: interrupted ?? new AbortController().signal,
  }
}

function moving<T>(clock: Clock, work: Promise<T>): Promise<T> {
  return clock instanceof TestClock ? clock.run(work) : work
}
