import { count } from '../../core/counts.ts'
import { humanDuration } from './human.ts'

/** What the actions say besides their report. */
export const actionText = {
  started: (action: string, id: string) => `${action}, run ${id}`,
  looking: 'reading the keyset and the domains; nothing is changed',
  stopping: (looksOnly: boolean) =>
    `stopping${looksOnly ? '' : ': what is done stays done, and the next run goes on from there'} (Ctrl-C again to quit at once)`,
  stoppedReading: 'stopped before everything was read; nothing was changed',
  /** `streams` is null where they could not be counted. */
  cutsAhead: (streams: number | null, domains: number, ms: number) =>
    `after this wait ${
      streams === null
        ? 'the running streams that sign with a leaked key are cut'
        : `${count(streams, 'running stream')} on ${count(domains, 'domain')} will be cut, in about ${humanDuration(ms)}`
    }; their encoders push again`,
  keepRunning: (command: string) => `to keep them running: Ctrl-C, and then ${command}`,
}
