import { expect, test } from 'vitest'
import { runDemo } from '../../lib/cli/commands/demo/run.ts'
import type { DemoFigures } from '../../lib/cli/demo/figures.ts'
import { TestClock } from '../support/clock.ts'
import { contextOf, ioFor } from './support.ts'

test('a rotation under callbacks', async () => {
  const clock = new TestClock()
  const io = ioFor(clock)
  const { exitCode, document, text } = await clock.run(runDemo({ domains: 12 }, contextOf(io)))
  const figures = document as DemoFigures
  expect(exitCode).toBe(0)
  expect(figures).toMatchObject({ domains: 12, rotated: 12, throttled: 0, forged: { accepted: 0 } })
  expect(figures.callbacks).toMatchObject({ rejected: 0, quarantined: 0, accepted: figures.callbacks.sent })
  expect(figures.callbacks.sent).toBeGreaterThanOrEqual(500)
  expect(figures.forged.sent).toBeGreaterThan(20)
  expect(figures.limitMs).toBe(440)
  expect(figures.elapsedMs).toBeGreaterThanOrEqual(figures.limitMs)
  expect(figures.elapsedMs).toBeLessThanOrEqual(1.05 * figures.limitMs + 500)
  expect(figures).not.toHaveProperty('cutOff')
  expect(text).toContain('No genuine callback was refused, and no forged one was accepted.')
  expect(io.stderr.text).toContain('3. Rotating the key while callbacks continue')
})

test('an emergency under callbacks', async () => {
  const clock = new TestClock()
  const io = ioFor(clock)
  const { exitCode, document, text } = await clock.run(
    runDemo({ domains: 12, emergency: true }, contextOf(io)),
  )
  const figures = document as DemoFigures
  expect(exitCode).toBe(0)
  expect(figures.callbacks.rejected).toBe(0)
  expect(figures.callbacks.quarantined).toBeGreaterThan(0)
  expect(figures.forged.accepted).toBe(0)
  // The forger did get through while receivers could not know better: otherwise the cut-off would prove nothing.
  expect(figures.cutOff?.seenMs).toBeGreaterThan(0)
  expect(figures.cutOff?.seenMs).toBeLessThanOrEqual(figures.cutOff?.shownMs ?? 0)
  expect(figures.report.groups[0]?.cutOff?.receiversMs).toBeGreaterThan(0)
  expect(text).toContain('leaked keys cut off: shown by every instance after')
})

test('Ctrl-C ends it and leaves nothing running', async () => {
  const clock = new TestClock()
  const controller = new AbortController()
  void clock.sleep(3_000).then(() => controller.abort(new Error('Ctrl-C')))
  const io = ioFor(clock, { interrupted: controller.signal })
  await expect(clock.run(runDemo({ domains: 60 }, contextOf(io)))).rejects.toMatchObject({
    code: 'deadline',
    message: 'the demo was stopped; nothing is left behind',
  })
})
