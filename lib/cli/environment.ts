import { httpProbe } from '../rotation/http-probe.ts'
import type { Log, RotationEnvironment } from '../rotation/ports.ts'
import { interruptibleClock, interruptibleOpen } from './interruptible.ts'
import type { Io } from './io.ts'

export interface EnvironmentOptions {
  readonly io: Io
  readonly open: RotationEnvironment['open']
  readonly log: Log
  /** How long the run may wait for receivers, in milliseconds. Only waiting is bounded: effects are not. */
  readonly waitsMs: number
}

/** What a run from this process works in. Ctrl-C ends it as soon as nothing is half done, as `waiting`. */
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
