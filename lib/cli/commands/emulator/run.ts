import { languageOf } from '../../../core/language.ts'
import { LOCAL_ACCOUNT_ID, readAssumptions, startEmulator, type Emulator } from '../../../emulator/index.ts'
import { RotatorError } from '../../../core/errors.ts'
import type { CommandContext } from '../../command.ts'
import type { Io } from '../../io.ts'
import { styleOf, type Style } from '../../style.ts'
import { note } from '../../text/note.ts'
import { wrapText } from '../../text/wrap.ts'
import { emulatorWords } from '../../words/emulator-words.ts'
import type { EmulatorOptions } from './flags.ts'
import { localFunction, type LocalFunction } from './local-function.ts'
import { aboutFunction, environmentOf, readyText, sizeOf } from './text.ts'
import { systemCode } from '../../../core/system-code.ts'

/** Number of streams that never end: they keep the key that they were pushed under. */
const ENDLESS = 0.15
const STREAM_LENGTH = { min: 60_000, max: 600_000 }
/** Where the reader's own receiver would listen. */
const DEFAULT_HOST = '127.0.0.1:8080'
const TELL_EVERY_MS = 30_000
/** The function's role; `doctor --try-role` may use it. */
const ROLE = `acs:ram::${LOCAL_ACCOUNT_ID}:role/live-key-rotator`
const DEFAULT_DOMAINS = 60
const DEFAULT_STREAMS = 120

/** Runs the emulator until Ctrl-C. Prints its address as soon as it listens. */
export async function runEmulator(options: EmulatorOptions, { io }: CommandContext): Promise<undefined> {
  const { callback, state, function: folder, service, config } = options
  if (callback !== undefined && !isWeb(callback)) {
    throw new RotatorError('usage', `--callback must be an http or https URL, not "${callback}"`)
  }
  if (service !== undefined && folder === undefined) {
    throw new RotatorError('usage', '--service needs --function')
  }
  const deployed = folder === undefined ? null : localFunction({ folder, service, config }, io)
  const emulator = await start(options, deployed, io)
  // A restored world sends its callbacks to the URL given now.
  if (callback !== undefined) emulator.world.routeCallbacks(callback)
  noteIgnored(options, emulator, io)

  const document = documentOf(emulator, state, deployed)
  const style = styleOf(io.stdout, io.env)
  const host = callback === undefined ? DEFAULT_HOST : new URL(callback).host
  const ready =
    options.json === true
      ? JSON.stringify(document, null, 2)
      : wrapText(readyText(emulator, deployed, host, style), style.width)
  io.stdout.write(`${ready}\n`)
  if (callback !== undefined && options.json !== true) void tellCallbacks(emulator, io, style)
  await untilAborted(io.interrupted)
  await emulator.close()
}

/** A line now and then about the outcome of callbacks, while there are any. */
async function tellCallbacks({ callbacks }: Emulator, io: Io, { width, language }: Style): Promise<void> {
  let sent = 0
  for (;;) {
    try {
      await io.clock.sleep(TELL_EVERY_MS, io.interrupted, { ref: false })
    } catch {
      return
    }
    const { counts } = callbacks.genuine
    if (counts.sent !== sent)
      io.stdout.write(`${wrapText(emulatorWords[language].callbacks(counts), width)}\n`)
    sent = counts.sent
  }
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** A restored world has its own numbers. */
function noteIgnored({ domains, streams, state = '' }: EmulatorOptions, emulator: Emulator, io: Io): void {
  const words = emulatorWords[languageOf(io.env)]
  const given = Object.entries({ '--domains': domains, '--streams': streams })
    .filter(([, value]) => value !== undefined)
    .map(([option]) => option)
  if (!emulator.restored || given.length === 0) return
  note(words.ignored(given, state, sizeOf(emulator, words)), io)
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
      roles: [{ arn: ROLE }],
      // A domain may be given a callback URL at any time.
      sendCallbacks: true,
      ...(callback !== undefined && { callbackUrl: callback }),
      ...(assumptions !== undefined && { assumptions: readAssumptions(assumptions) }),
      ...(state !== undefined && { stateFile: state }),
      ...(deployed !== null && { functions: [deployed.options] }),
    })
  } catch (error) {
    const problem = PORT_PROBLEMS[systemCode(error) ?? '']
    if (problem === undefined) throw error
    throw new RotatorError(
      'usage',
      `port ${port} ${problem}: choose another with --port, or 0 for any free one`,
      { cause: error },
    )
  }
}

const PORT_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken',
  EACCES: 'needs privileges that you do not have',
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

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
