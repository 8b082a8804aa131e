import * as v from 'valibot'
import { RotatorError } from '../core/errors.ts'
import { ON_RUNNING_STREAMS } from '../keyset/keyset.ts'
import { oneLine } from '../core/plain-text.ts'
import { choice, flag, list, matching, section, text } from './fields.ts'
import { fieldName, problemsOf } from './problems.ts'
import { ACTIONS, type RotationRequest } from './types.ts'

const requestSchema = section({
  action: v.optional(choice(ACTIONS), 'rotate'),
  group: v.nullish(matching(/\S/, 'the name of a group'), null),
  emergency: v.optional(flag(), false),
  onRunningStreams: v.optional(choice(ON_RUNNING_STREAMS), 'quarantine'),
  leaked: v.optional(list(matching(/^[0-9a-f]{12}$/, 'a kid of 12 hex digits'), 'kids'), []),
  force: v.optional(flag(), false),
  dryRun: v.optional(flag(), false),
  reason: v.nullish(v.pipe(text('a text'), v.transform(asReason)), null),
  id: v.nullish(matching(/^[^\p{Cc}\p{Cs}]{1,200}$/u, 'up to 200 characters in one line'), null),
})

/**
 * Parses a request in the shape of the function's event and fills in defaults. Does no I/O.
 *
 * @throws RotatorError `usage` that names every unknown field and every invalid value.
 *
 * @example
 * ```ts
 * parseRequest({ emergency: true, reason: 'found in a public log' }).action // 'rotate'
 * ```
 */
export function parseRequest(value: unknown): RotationRequest {
  const read = v.safeParse(requestSchema, value)
  if (!read.success) {
    throw refused(
      problemsOf(read.issues).map(({ path, message }) => `${fieldName(path) || 'the request'} ${message}`),
    )
  }
  const request = { ...read.output, leaked: [...new Set(read.output.leaked)] }
  const problems = contradictions(request)
  if (problems.length > 0) throw refused(problems)
  return request
}

/** Maximum characters kept of a reason. */
const REASON_LENGTH = 500

/** A pasted reason must not stop an emergency: one too long for a log line is truncated, not refused. */
function asReason(written: string): string | null {
  const characters = Array.from(oneLine(written).trim())
  if (characters.length <= REASON_LENGTH) return characters.join('') || null
  return `${characters.slice(0, REASON_LENGTH - 1).join('')}…`
}

/** Values that are valid alone but meaningless together are refused rather than ignored. */
function contradictions(request: RotationRequest): string[] {
  const { action, emergency, leaked, onRunningStreams, force } = request
  const problems: string[] = []
  const onlyWith = (condition: boolean, given: string, needed: string) => {
    if (condition) problems.push(`${given} needs ${needed}`)
  }
  const rotates = action === 'rotate'
  onlyWith(emergency && !rotates, 'emergency', `the action rotate, not ${action}`)
  onlyWith(force && !rotates, 'force', `the action rotate, not ${action}`)
  onlyWith(leaked.length > 0 && !emergency, 'leaked', 'emergency: true')
  onlyWith(onRunningStreams !== 'quarantine' && !emergency, 'onRunningStreams', 'emergency: true')
  return problems
}

function refused(problems: readonly string[]): RotatorError {
  return new RotatorError('usage', `the request is refused: ${problems.join('; ')}`)
}
