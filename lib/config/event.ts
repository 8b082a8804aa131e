import { RotatorError } from '../core/errors.ts'
import { fieldsOf } from '../core/objects.ts'
import { parseRequest } from './request.ts'
import type { RotationRequest } from './types.ts'

/**
 * Reads the event that Function Compute hands to the function: empty (a plain `rotate`), a timer's
 * `{triggerTime, triggerName, payload}` with the request as JSON text in `payload`, or the request itself. A timer's
 * request without an id gets `<triggerName>@<triggerTime>`, so that a second delivery is recognized.
 * Does no I/O.
 *
 * @throws RotatorError `usage` for anything else; the message does not repeat the event.
 *
 * @example
 * ```ts
 * parseEvent(Buffer.from('{"action":"status"}')).action // 'status'
 * ```
 */
export function parseEvent(event: Buffer): RotationRequest {
  const value = parseJson(event.toString('utf8'), 'the event')
  if (!isTimerEvent(value)) return parseRequest(value)
  const { triggerName, triggerTime, payload } = value
  const request = parseRequest(parseJson(payload ?? '', `the payload of the timer ${triggerName}`))
  return { ...request, id: request.id ?? `${triggerName}@${triggerTime}`, fromTimer: true }
}

interface TimerEvent {
  readonly triggerTime: string
  readonly triggerName: string
  readonly payload?: string
}

function isTimerEvent(value: unknown): value is TimerEvent {
  const { triggerTime, triggerName, payload } = fieldsOf(value)
  return [triggerTime, triggerName, payload ?? ''].every((field) => typeof field === 'string')
}

function parseJson(text: string, what: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new RotatorError('usage', `${what} is not JSON: send {"action":"rotate"}, or nothing at all`)
  }
}
