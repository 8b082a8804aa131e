import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { startProgress } from '../../lib/cli/progress/progress.ts'
import { styleOf } from '../../lib/cli/style.ts'
import { reportText } from '../../lib/cli/text/report-text.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { cleanJson } from '../../lib/cli/text/clean.ts'
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

describe('text from servers and streams does not control the terminal', () => {
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
          did: 'nothing',
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
    progress.log({ level: 'warn', event: 'noReceipt', group: 'g', message: EVIL })
    progress.stop()
    expect(io.stderr.text).toBe(`· g: ${PLAIN}\n`)
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

describe('text that reorders its letters or has its own line breaks', () => {
  const BIDI = 'denied\u202egpj.exe\u2066\u200f\u061c'

  test('is plain', () => {
    expect(plainText(`${BIDI}\u2028next: rm`)).toBe('deniedgpj.exe\nnext: rm')
    expect(oneLine(`${BIDI}\u2028next\u2029: rm`)).toBe('deniedgpj.exe next : rm')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(oneLine(text)).not.toMatch(/\p{Bidi_Control}|[\u2028\u2029]/u)
      }),
    )
  })

  test('is cleaned in field names and values, at any depth that is read', () => {
    const value = { 'calls\u001b[2J': { [`Set${BIDI}`]: 1 }, list: [[`a\r\n${BIDI}`]], n: 1, b: null }
    expect(cleanJson(value)).toEqual({
      'calls[2J': { 'Setdeniedgpj.exe': 1 },
      list: [['a deniedgpj.exe']],
      n: 1,
      b: null,
    })
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown
    expect(JSON.stringify(cleanJson(deep)).length).toBeLessThan(50)
  })
})
