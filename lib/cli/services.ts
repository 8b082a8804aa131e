import type { RunRequest } from '../app/carry-out.ts'
import type { RotationConfig } from '../config/types.ts'
import type { Log, RotationEnvironment } from '../rotation/ports.ts'
import type { Io } from './io.ts'

export interface ConnectOptions {
  readonly config: RotationConfig
  readonly io: Io
  readonly log: Log
}

/** The services behind the commands; tests replace them. */
export interface Services {
  /** Connects to KMS and Live. Makes no call yet. */
  readonly connect: (options: ConnectOptions) => Promise<Pick<RotationEnvironment, 'open'>>
  readonly run: RunRequest
}
