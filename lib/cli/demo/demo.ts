import type { Clock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import type { LogEvent } from '../../rotation/report/events.ts'
import type { Report } from '../../rotation/report/report.ts'
import { interruptibleClock } from '../interruptible.ts'
import type { Io } from '../io.ts'
import type { Progress } from '../progress/progress.ts'
import { languageOf } from '../../core/language.ts'
import { demoWords } from '../words/demo-words.ts'
import { openDemoPage, type DemoPage } from './demo-page.ts'
import { elapsedMs, leastTimeMs, type DemoFigures } from './figures.ts'
import { Forger } from './forger.ts'
import { createRunner, type Runner } from './runner.ts'
import { domainsOn, openStage, type Stage } from './stage.ts'

/** Enough callbacks to show a fault in one of a few hundred. */
const LEAST_CALLBACKS = 500
const BEFORE_MS = 1_500
const AFTER_MS = 3_000
const LONGEST_AFTER_MS = 30_000

export interface DemoSetting {
  readonly domains: number
  readonly emergency: boolean
  /** Receives the URL of the rotation's page before it starts, if a page is wanted. */
  readonly showPage?: ((page: DemoPage) => void) | undefined
}

/**
 * The main job, end to end on this machine: an emulator, receivers that use the library, streams whose callbacks reach
 * them, and a rotation with the real SDKs meanwhile.
 */
export async function demo(
  { domains, emergency, showPage }: DemoSetting,
  io: Io,
  progress: Progress,
): Promise<DemoFigures> {
  const stage = await openStage(domains, io)
  const { cloud, receivers, streams, config } = stage
  const words = demoWords[languageOf(io.env)]
  const clock = interruptibleClock(io.clock, io.interrupted)
  const forger = new Forger({
    cloud,
    clock: io.clock,
    urls: receivers.urls,
    leaked: emergency ? stage.oldKeys : [],
  })
  let page: DemoPage | undefined
  try {
    const run = createRunner(stage, io)
    progress.title(words.opening(cloud.url, domains, streams, receivers.urls.length))
    progress.title(`1. ${words.adopting}`)
    const { ok, groups } = await run({ action: 'reconcile' }, progress.log)
    // Receivers need a keyset to start with.
    if (!ok)
      throw new RotatorError('rotationFailed', groups[0]?.error?.message ?? 'the keys could not be imported')
    await receivers.ready()
    if (showPage !== undefined) {
      page = await openDemoPage(stage, io)
      showPage(page)
    }

    progress.title(`2. ${words.sending}`)
    progress.ticker(() => words.ticker(cloud.callbacks.genuine.counts))
    cloud.callbacks.start()
    forger.start()
    await clock.sleep(BEFORE_MS)

    progress.title(`3. ${emergency ? words.emergency : words.rotating}`)
    const startedAt = clock.now()
    const report = emergency
      ? await cutOff(run, { forger, clock, urls: receivers.urls.length }, progress)
      : await run({ action: 'rotate' }, progress.log)
    const calls = cloud.calls.of().filter(({ at }) => at >= startedAt)

    progress.title(`4. ${words.pushing}`)
    const kid = report.groups[0]?.kid ?? ''
    await untilSeen(stage, kid, clock)
    await forger.stop()
    const callbacks = await settle(stage, kid, io.clock)
    return {
      domains,
      rotated: domainsOn(cloud, kid),
      elapsedMs: elapsedMs(calls),
      limitMs: Math.round(leastTimeMs(domains, emergency ? config.throttle.emergency : config.throttle.set)),
      throttled: cloud.calls.throttled,
      callbacks,
      forged: { sent: forger.sent, accepted: forger.accepted },
      ...(emergency && {
        cutOff: {
          shownMs: forger.cutOffAt === Infinity ? null : forger.cutOffAt - startedAt,
          seenMs: Math.max(0, (forger.lastLeakedAccepted ?? startedAt) - startedAt),
        },
      }),
      report,
    }
  } finally {
    await forger.stop()
    await page?.stop()
    await stage.close()
  }
}

/** Once every instance has shown the fresh key, no receiver may trust a leaked one. */
function cutOff(
  run: Runner,
  { forger, clock, urls }: { forger: Forger; clock: Clock; urls: number },
  progress: Progress,
): Promise<Report> {
  const shown = new Set<string>()
  return run({ action: 'rotate', emergency: true }, (event: LogEvent) => {
    if (event.event === 'instanceSeen' && event.seen === event.expected) shown.add(event.url)
    if (shown.size === urls) forger.cutOffAt = Math.min(forger.cutOffAt, clock.now())
    progress.log(event)
  })
}

/** Waits for callbacks under the new key, and enough in all. */
async function untilSeen({ cloud }: Stage, kid: string, clock: Clock): Promise<void> {
  const startedAt = clock.now()
  for (;;) {
    await clock.sleep(250)
    const waited = clock.now() - startedAt
    const { sent, byKid } = cloud.callbacks.genuine.counts
    const enough = sent >= LEAST_CALLBACKS && (byKid[kid]?.accepted ?? 0) > 0
    if (waited >= (enough ? AFTER_MS : LONGEST_AFTER_MS)) return
  }
}

/** Lets everything under way finish, and counts. A callback without an answer counts as not accepted. */
async function settle({ cloud }: Stage, kid: string, clock: Clock): Promise<DemoFigures['callbacks']> {
  cloud.callbacks.stop()
  while (cloud.callbacks.pending > 0) await clock.sleep(20)
  const { sent, accepted, quarantined, rejected, lost, byKid } = cloud.callbacks.genuine.counts
  return { sent, accepted, quarantined, rejected: rejected + lost, newKey: byKid[kid]?.accepted ?? 0 }
}
