import { describe, expect, test } from 'vitest'
import { parseEvent } from '../../lib/config/event.ts'
import { parseRequest } from '../../lib/config/request.ts'

const PLAIN = {
  action: 'rotate',
  group: null,
  emergency: false,
  onRunningStreams: 'quarantine',
  leaked: [],
  force: false,
  dryRun: false,
  reason: null,
  id: null,
}

describe('a request', () => {
  test('gets the defaults', () => {
    expect(parseRequest({})).toEqual(PLAIN)
  })

  test('keeps its values', () => {
    const request = {
      action: 'rotate',
      group: 'default',
      emergency: true,
      onRunningStreams: 'interrupt',
      leaked: ['0f3a00000000', '9c1100000000'],
      force: true,
      dryRun: true,
      reason: 'found in a public log',
      id: 'run-1',
    }
    expect(parseRequest(request)).toEqual(request)
  })

  test('may state a default that matters only elsewhere', () => {
    expect(parseRequest({ ...PLAIN, action: 'reconcile' })).toEqual({ ...PLAIN, action: 'reconcile' })
  })

  test.each([
    ['seen in a log\nby two people', 'seen in a log by two people'],
    ['seen in a log\r\nby\ttwo people\n', 'seen in a log by two people'],
    ['\u001b[2Jgone\u0007', '[2Jgone'],
    ['x'.repeat(500), 'x'.repeat(500)],
    ['x'.repeat(501), `${'x'.repeat(499)}…`],
    [`${'x'.repeat(500)}\n`, 'x'.repeat(500)],
    ['🔑'.repeat(501), `${'🔑'.repeat(499)}…`],
    ['x'.repeat(500_000), `${'x'.repeat(499)}…`],
    ['', null],
    [' \n\t', null],
    ['\u0000', null],
    [null, null],
  ])('is never refused for its reason (%#)', (reason, kept) => {
    expect(parseRequest({ emergency: true, reason })).toEqual({ ...PLAIN, emergency: true, reason: kept })
  })

  test('names a kid once', () => {
    const leaked = ['0f3a00000000', '0f3a00000000']
    expect(parseRequest({ emergency: true, leaked }).leaked).toEqual(['0f3a00000000'])
  })

  test.each([
    [{ action: 'delete' }, 'action must be rotate, reconcile, status or rollback, not "delete"'],
    [{ emergancy: true }, 'emergancy is unknown; the fields here are action, group, emergency'],
    [{ emergency: 'yes' }, 'emergency must be true or false, not "yes"'],
    [
      { emergency: true, onRunningStreams: 'kill' },
      'onRunningStreams must be quarantine, reject or interrupt, not "kill"',
    ],
    [
      { emergency: true, leaked: ['0F3A00000000'] },
      'leaked[0] must be a kid of 12 hex digits, not "0F3A00000000"',
    ],
    [{ emergency: true, leaked: '0f3a00000000' }, 'leaked must be a list of kids'],
    [{ leaked: ['0f3a00000000'] }, 'leaked needs emergency: true'],
    [{ onRunningStreams: 'reject' }, 'onRunningStreams needs emergency: true'],
    [{ action: 'reconcile', emergency: true }, 'emergency needs the action rotate, not reconcile'],
    [{ action: 'rollback', force: true }, 'force needs the action rotate, not rollback'],
    [{ group: '' }, 'group must be the name of a group, not ""'],
    [{ id: 'a\nb' }, 'id must be up to 200 characters in one line'],
    [{ id: 'a\ud800' }, 'id must be up to 200 characters in one line'],
    [{ reason: 5 }, 'reason must be a text, not 5'],
    [['rotate'], 'the request must have the fields action, group'],
    ['rotate', 'the request must have the fields action, group'],
    [null, 'the request must have the fields action, group'],
  ])('%j is refused', (request, problem) => {
    expect(() => parseRequest(request)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(`: ${problem}`) as string }),
    )
  })

  test('all problems are reported at once', () => {
    expect(() => parseRequest({ action: 'x', force: 1 })).toThrow(
      'the request is refused: action must be rotate, reconcile, status or rollback, not "x"; force must be true or false, not 1',
    )
  })
})

describe('an event', () => {
  const eventOf = (value: unknown) => parseEvent(Buffer.from(JSON.stringify(value)))
  const timer = { triggerTime: '2026-11-24T08:00:00Z', triggerName: 'monthly' }

  test.each(['', ' \n'])('is a plain rotation if it is empty', (text) => {
    expect(parseEvent(Buffer.from(text))).toEqual(PLAIN)
  })

  test('may be the request itself', () => {
    expect(eventOf({ action: 'status', id: 'a' })).toEqual({ ...PLAIN, action: 'status', id: 'a' })
  })

  test('of a timer carries the request as text and gives it an id', () => {
    const event = { ...timer, payload: '{"action":"reconcile"}' }
    expect(eventOf(event)).toEqual({
      ...PLAIN,
      action: 'reconcile',
      id: 'monthly@2026-11-24T08:00:00Z',
      fromTimer: true,
    })
  })

  test('of a timer keeps the id of its payload', () => {
    expect(eventOf({ ...timer, payload: '{"id":"mine"}' }).id).toBe('mine')
  })

  test.each([{ ...timer }, { ...timer, payload: '' }])(
    'of a timer without a payload is a plain rotation',
    (event) => {
      expect(eventOf(event)).toEqual({ ...PLAIN, id: 'monthly@2026-11-24T08:00:00Z', fromTimer: true })
    },
  )

  test.each([
    ['{"action":', 'the event is not JSON'],
    [JSON.stringify({ ...timer, payload: 'rotate' }), 'the payload of the timer monthly is not JSON'],
    [JSON.stringify({ ...timer, payload: '{"x":1}' }), 'x is unknown'],
    [JSON.stringify({ ...timer, payload: 5 }), 'triggerTime is unknown'],
    ['[]', 'the request must have the fields'],
  ])('%s is refused', (text, problem) => {
    expect(() => parseEvent(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(problem) as string }),
    )
  })
})
