import type { Clock, Random } from '../core/clock.ts'
import type { Environment } from '../config/parse.ts'

/** An output stream that may be a terminal. */
export interface Sink extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Typed or piped input. */
export interface Source extends NodeJS.ReadableStream {
  readonly isTTY?: boolean
}

/** The parts of the process that a command may use. */
export interface Io {
  /** Absent: there is no input, and nobody to ask. */
  readonly stdin?: Source
  /** The result, and nothing else. */
  readonly stdout: Sink
  /** Progress, notes and errors. */
  readonly stderr: Sink
  readonly env: Environment
  readonly clock: Clock
  readonly random: Random
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal
}

/** A command's result: one document for programs, the same as text for people, and the exit code. */
export interface Result {
  readonly document: unknown
  readonly text: string
  /** The text is for programs: it is not wrapped. */
  readonly verbatim?: boolean
  readonly exitCode: ExitCode
}

/** 0 done · 1 failed or incomplete · 2 wrong use or configuration · 3 must wait. */
export type ExitCode = 0 | 1 | 2 | 3
