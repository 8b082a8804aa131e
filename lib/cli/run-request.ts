import type { RotationConfig, RotationRequest } from '../config/types.ts'
import { httpProbe } from '../rotation/http-probe.ts'
import type { Log, RotationEnvironment } from '../rotation/ports.ts'
import type { Report } from '../rotation/report/report.ts'
import { interruptibleClock, interruptibleOpen } from './interruptible.ts'
import type { Io } from './io.ts'
import type { Services } from './services.ts'

export interface RunOptions {
  readonly io: Io
  readonly run: Services['run']
  readonly open: RotationEnvironment['open']
  readonly log: Log
  /** How long it may wait for receivers, in milliseconds. Only waiting is bounded: effects are not. */
  readonly waitsMs: number
}

/** Runs a request from this process. Ctrl-C ends it as soon as nothing is half done, as `waiting`. */
export function runRequest(
  request: RotationRequest,
  config: RotationConfig,
  { io, run, open, log, waitsMs }: RunOptions,
): Promise<Report> {
  const { interrupted } = io
  const clock = interruptibleClock(io.clock, interrupted)
  return run(request, config, {
    clock,
    random: io.random,
    log,
    probe: httpProbe(clock),
    open: interruptibleOpen(open, interrupted),
    get deadline() {
      return interrupted.aborted ? 0 : Infinity
    },
    waitUntil: clock.now() + waitsMs,
  })
}
