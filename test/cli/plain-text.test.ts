import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { startProgress } from '../../lib/cli/progress/progress.ts'
import { styleOf } from '../../lib/cli/style.ts'
import { reportText } from '../../lib/cli/text/report-text.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { oneLine, plainText } from '../../lib/core/plain-text.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'
import { ioFor, Written } from './support.ts'

/** Clears the screen, in both spellings, and goes on in a line that looks like ours. */
const EVIL = 'denied\u001b[2J\u009b2J\u0007\r\n✓ g: all is well'
const PLAIN = 'denied[2J2J ✓ g: all is well'
const STEERS = /[^\P{Cc}\n]/u

test('plain text has no control character but line breaks and tabs; one line has none', () => {
  expect([plainText(`a\tb\n${EVIL}`), oneLine(EVIL)]).toEqual(['a\tb\ndenied[2J2J\n✓ g: all is well', PLAIN])
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plainText(text)).not.toMatch(/[^\P{Cc}\n\t]/u)
      expect(oneLine(text)).not.toMatch(/\p{Cc}/u)
    }),
  )
})

describe('text of servers and streams does not steer the terminal', () => {
  test('in a report', () => {
    const report: Report = {
      version: 1,
      ok: false,
      action: 'status',
      startedAt: '2026-11-24T08:00:00.000Z',
      finishedAt: '2026-11-24T08:00:01.000Z',
      groups: [
        {
          group: 'g',
          outcome: 'failed',
          phase: 'idle',
          revision: null,
          keyset: 'unread',
          kid: null,
          waitingUntil: null,
          domains: {
            total: 1,
            set: 0,
            unchanged: 0,
            confirmed: 0,
            failed: [{ domain: 'live1.example.com', code: 'denied', message: EVIL }],
          },
          keys: [],
          calls: {},
          throttled: 0,
          warnings: [EVIL],
          error: { code: 'denied', message: EVIL },
        },
      ],
    }
    const text = reportText(report, styleOf(new Written(), {}))
    expect(text).not.toMatch(STEERS)
    expect(text.split(PLAIN)).toHaveLength(4)
    expect(text).toMatch(/^g: failed · 1 domain · keyset not read$/m)
  })

  test('in a line of progress', () => {
    const io = ioFor(new TestClock())
    const progress = startProgress(io)
    progress.log({ level: 'info', event: 'interrupted', group: 'g', domain: 'a.b', stream: EVIL })
    progress.stop()
    expect(io.stderr.text).toBe(`✓ g: cut stream ${PLAIN} on a.b\n`)
  })

  test('in an error', async () => {
    const io = ioFor(new TestClock())
    const services = () => Promise.reject(new RotatorError('denied', EVIL))
    const env = { ROTATOR_CONFIG: 'test/cli/rotation.yaml' }
    expect(await runCli(['status'], { io: { ...io, env }, version: '0', services })).toBe(1)
    expect(io.stderr.text).not.toMatch(STEERS)
    expect(io.stderr.text).toContain('denied[2J2J')
  })
})
