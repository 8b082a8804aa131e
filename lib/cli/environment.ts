import { httpProbe } from '../rotation/http-probe.ts'
import type { Log, RotationEnvironment } from '../rotation/ports.ts'
import { interruptibleClock, interruptibleOpen } from './interruptible.ts'
import type { Io } from './io.ts'

export interface EnvironmentOptions {
  readonly io: Io
  readonly open: RotationEnvironment['open']
  readonly log: Log
  /** How long the run may wait for receivers, in milliseconds. Bounds only waiting, not effects. */
  readonly waitsMs: number
}

/** The environment of a run in this process. Ctrl-C ends the run as `waiting` as soon as nothing is half done. */
export function environmentOf({ io, open, log, waitsMs }: EnvironmentOptions): RotationEnvironment {
  const { interrupted } = io
  const clock = interruptibleClock(io.clock, interrupted)
  return {
    clock,
    random: io.random,
    log,
    probe: httpProbe(clock),
    open: interruptibleOpen(open, interrupted),
    get deadline() {
      return interrupted.aborted ? 0 : Infinity
    },
    waitUntil: clock.now() + waitsMs,
  }
}
