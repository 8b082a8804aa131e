import { fork, type ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import { fieldsOf, isObject } from '../../core/objects.ts'
import { InstanceLog } from './instance-log.ts'

/** The plain data of the context; the runtime adds `logger` and `tracing`. */
export interface InvocationContext {
  readonly requestId: string
  readonly [field: string]: unknown
}

export interface ThrownError {
  readonly errorMessage: string
  readonly errorType: string
  readonly stackTrace: readonly string[]
}

/** How a run in an instance ended: normally, or with its process. */
export type Ending =
  | { readonly kind: 'returned'; readonly body: Buffer; readonly memoryMb: number }
  | { readonly kind: 'threw'; readonly error: ThrownError; readonly memoryMb: number }
  | { readonly kind: 'exited' }

export interface InstanceOptions {
  readonly id: string
  readonly codeDir: string
  /** The whole environment of the process: it inherits nothing. */
  readonly env: Readonly<Record<string, string>>
  readonly onLog: (text: string) => void
  readonly loadsBy: 'import' | 'require'
}

interface Run {
  readonly requestId: string
  readonly resolve: (ending: Ending) => void
  answer: Ending | null
}

/** One instance of a function: a process that runs one invocation at a time and stays for the next. */
export class Instance {
  readonly id: string
  readonly #process: ChildProcess
  readonly #onLog: (text: string) => void
  readonly #closed: Promise<void>
  #log = new InstanceLog()
  #run: Run | null = null
  #alive = true

  constructor({ id, codeDir, env, onLog, loadsBy }: InstanceOptions) {
    this.id = id
    this.#onLog = onLog
    // Beside this file in the sources, beside the bundle in the build.
    this.#process = fork(new URL('./runtime.mjs', import.meta.url), [loadsBy], {
      cwd: codeDir,
      env: { ...env },
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#process.on('message', (message) => {
      this.#answer(message)
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.write(text)
        this.#settle()
      })
      // An idle instance must not keep this process alive.
      if (stream instanceof Socket) stream.unref()
    }
    this.#closed = new Promise((resolve) => {
      const gone = (): void => {
        this.#alive = false
        this.#finish({ kind: 'exited' })
        resolve()
      }
      this.#process.on('close', gone)
      // It could not be started: there is no such folder.
      this.#process.on('error', gone)
    })
    this.#process.unref()
    this.#process.channel?.unref()
  }

  get alive(): boolean {
    return this.#alive
  }

  get busy(): boolean {
    return this.#run !== null
  }

  /** The last 4 KB of the last invocation's output. */
  get logTail(): Buffer {
    return this.#log.tail
  }

  run(event: Buffer, context: InvocationContext): Promise<Ending> {
    if (this.#run !== null) throw new TypeError(`instance ${this.id} is already busy`)
    this.#log = new InstanceLog()
    return new Promise((resolve) => {
      this.#run = { requestId: context.requestId, resolve, answer: null }
      // If the process ends meanwhile, its close event reports it.
      if (this.#alive) this.#process.send({ event, context }, () => undefined)
      else this.#finish({ kind: 'exited' })
    })
  }

  /** Adds the platform's line to the log. */
  write(text: string): void {
    this.#log.append(text)
    this.#onLog(text)
  }

  /** Kills the process. Resolves once it is gone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#closed
  }

  #answer(message: unknown): void {
    const answer = readAnswer(message)
    if (answer === null || answer.requestId !== this.#run?.requestId) return
    this.#run.answer = answer.ending
    this.#settle()
  }

  /** The answer and the log arrive separately: a run is over once both are there. */
  #settle(): void {
    const answer = this.#run?.answer ?? null
    if (answer !== null && this.#log.hasEnd(this.#run?.requestId ?? '')) this.#finish(answer)
  }

  #finish(ending: Ending): void {
    const run = this.#run
    this.#run = null
    run?.resolve(ending)
  }
}

function readAnswer(message: unknown): { readonly requestId: string; readonly ending: Ending } | null {
  const { requestId, memoryMb, returned, thrown } = fieldsOf(message)
  if (typeof requestId !== 'string' || typeof memoryMb !== 'number') return null
  if (returned instanceof Uint8Array) {
    return { requestId, ending: { kind: 'returned', body: Buffer.from(returned), memoryMb } }
  }
  return isThrown(thrown) ? { requestId, ending: { kind: 'threw', error: thrown, memoryMb } } : null
}

function isThrown(value: unknown): value is ThrownError {
  return isObject(value) && 'errorMessage' in value && 'errorType' in value
}
