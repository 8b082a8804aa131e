import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  readAssumptions,
  startEmulator,
  type Emulator,
} from '../../../emulator/index.ts'
import { count } from '../../../core/counts.ts'
import { RotatorError } from '../../../core/errors.ts'
import type { CommandContext } from '../../command.ts'
import type { Io } from '../../io.ts'
import { styleOf, type Style } from '../../style.ts'
import type { EmulatorOptions } from './flags.ts'
import { localFunction, type LocalFunction } from './local-function.ts'

/** So many streams never end: they hold the key that they were pushed under for good. */
const ENDLESS = 0.15
const STREAM_LENGTH = { min: 60_000, max: 600_000 }
const DEFAULT_DOMAINS = 60
const DEFAULT_STREAMS = 120

/** Runs the local cloud until Ctrl-C. What it listens on is printed as soon as it does. */
export async function runEmulator(options: EmulatorOptions, { io }: CommandContext): Promise<undefined> {
  const { callback, state, function: folder, service, config } = options
  if (callback !== undefined && !isWeb(callback)) {
    throw new RotatorError('usage', `--callback must be an http or https URL, not "${callback}"`)
  }
  if (service !== undefined && folder === undefined) {
    throw new RotatorError('usage', '--service goes only with --function')
  }
  const deployed = folder === undefined ? null : localFunction({ folder, service, config }, io)
  const emulator = await start(options, deployed, io)
  // A world that was kept sends its callbacks where it is told now.
  if (callback !== undefined) emulator.world.routeCallbacks(callback)
  noteIgnored(options, emulator, io)

  const document = documentOf(emulator, state, deployed)
  const ready =
    options.json === true
      ? JSON.stringify(document, null, 2)
      : readyText(emulator, deployed, styleOf(io.stdout, io.env))
  io.stdout.write(`${ready}\n`)
  await untilAborted(io.interrupted)
  await emulator.close()
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** A world that was kept has its own numbers. */
function noteIgnored({ domains, streams, state = '' }: EmulatorOptions, emulator: Emulator, io: Io): void {
  const given = Object.entries({ '--domains': domains, '--streams': streams })
    .filter(([, value]) => value !== undefined)
    .map(([option]) => option)
  if (!emulator.restored || given.length === 0) return
  io.stderr.write(
    `note: ${given.join(' and ')} counts for nothing, as ${state} holds ${sizeOf(emulator)}; name another file to begin anew\n`,
  )
}

async function start(options: EmulatorOptions, deployed: LocalFunction | null, io: Io): Promise<Emulator> {
  const { port, domains = DEFAULT_DOMAINS, streams = DEFAULT_STREAMS, callback, state, assumptions } = options
  const { clock, random } = io
  try {
    return await startEmulator({
      port,
      domains,
      streams,
      streamLength: STREAM_LENGTH,
      endlessStreams: Math.round(streams * ENDLESS),
      clock,
      random,
      ...(callback !== undefined && { callbackUrl: callback }),
      ...(assumptions !== undefined && { assumptions: readAssumptions(assumptions) }),
      ...(state !== undefined && { stateFile: state }),
      ...(deployed !== null && { functions: [deployed.options] }),
    })
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? PORT_PROBLEMS[String(error.code)] : undefined
    if (problem === undefined) throw error
    throw new RotatorError('usage', `port ${port} ${problem}: name another one with --port, or 0 for any`)
  }
}

const PORT_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken',
  EACCES: 'is not allowed to you',
}

function documentOf(
  { url, world }: Emulator,
  state: string | undefined,
  deployed: LocalFunction | null,
): Record<string, unknown> {
  return {
    url,
    domains: world.domains.size,
    streams: [...world.streams.all()].length,
    env: environmentOf(url),
    state: state ?? null,
    function: deployed && aboutFunction(deployed),
  }
}

function aboutFunction({ options, configuration }: LocalFunction) {
  const { name, service = null, codeDir } = options
  const invoke = `live-key-rotator invoke${service === null ? '' : ` --service ${service}`}`
  return { name, service, folder: codeDir, configuration, invoke }
}

function environmentOf(url: string): Record<string, string> {
  return {
    ROTATOR_LIVE_ENDPOINT: url,
    ROTATOR_KMS_ENDPOINT: url,
    ROTATOR_FC_ENDPOINT: url,
    ALIBABA_CLOUD_ACCESS_KEY_ID: LOCAL_ACCESS_KEY_ID,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: LOCAL_ACCESS_KEY_SECRET,
  }
}

function readyText(emulator: Emulator, deployed: LocalFunction | null, { color }: Style): string {
  const { url } = emulator
  const exports = Object.entries(environmentOf(url)).map(([name, value]) => `  export ${name}=${value}`)
  return [
    `${color.green('ready')} on ${color.bold(url)}: ${sizeOf(emulator)}`,
    ...(deployed === null ? [] : functionText(deployed)),
    '',
    'Point the tools at it:',
    ...exports,
    '',
    'and let rotation.yaml say:',
    '  region: cn-shanghai',
    '  groups:',
    '    - name: default',
    '      secret: live/snapshot-callback/default',
    '      discover: { suffix: .example.com }',
    '',
    color.dim(`State, faults and callbacks: ${url}/_emulator/state (see the README). Ctrl-C ends it.`),
  ].join('\n')
}

function functionText(deployed: LocalFunction): string[] {
  const { name, service, folder, configuration, invoke } = aboutFunction(deployed)
  const place = service === null ? '' : ` in service ${service}`
  return [`function ${name}${place}: ${folder}, configuration ${configuration}`, `  call it with: ${invoke}`]
}

function sizeOf({ world }: Emulator): string {
  return `${count(world.domains.size, 'domain')}, ${count([...world.streams.all()].length, 'stream')}`
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
