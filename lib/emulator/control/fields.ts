import * as v from 'valibot'
import { FAULT_KINDS } from '../wire/faults.ts'

/** The fields of a control request: of its JSON body, or of the query without one. */

const text = v.pipe(v.string('must be a non-empty string'), v.nonEmpty('must be a non-empty string'))
const number = v.number('must be a number')
const flag = v.boolean('must be true or false')
/** `?reveal=1` */
const asked = v.exactOptional(v.string('must be 1'))
const kinds = `must be one of ${FAULT_KINDS.join(', ')}`

export const nothing = section({})
export const look = section({ reveal: asked })
export const callsWanted = section({ log: asked, action: v.exactOptional(text) })
export const clockOffset = section({ offsetMs: number })
export const namedDomain = section({ name: text })
export const domainChange = section({
  name: text,
  key: v.exactOptional(v.nullable(text)),
  enabled: v.exactOptional(flag),
  callbackUrl: v.exactOptional(text),
})
export const namedStream = section({ domain: text, name: text, app: v.optional(text, 'live') })
export const callbackChange = section({ url: v.exactOptional(text), running: v.exactOptional(flag) })
export const forgery = section({ url: text, key: v.exactOptional(text), count: v.optional(number, 1) })
export const fault = section({
  kind: v.picklist(FAULT_KINDS, kinds),
  action: v.exactOptional(text),
  where: v.exactOptional(
    v.record(v.string(), v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String))),
  ),
  after: v.exactOptional(number),
  times: v.exactOptional(v.union([number, v.literal('always')], 'must be a number or "always"')),
  status: v.exactOptional(number),
  code: v.exactOptional(text),
  message: v.exactOptional(text),
  ms: v.exactOptional(number),
})

/**
 * Checks the fields of a request.
 *
 * @throws TypeError that names the field but never its value, which may be a key.
 */
export function parsed<S extends v.GenericSchema>(schema: S, fields: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, Array.isArray(fields) ? null : fields)
  if (result.success) return result.output
  const [{ path, message }] = result.issues
  const name = path?.map(({ key }) => String(key)).join('.') ?? ''
  throw new TypeError(name === '' ? 'the body must be a JSON object' : `"${name}" ${message}`)
}

function section<const T extends v.ObjectEntries>(entries: T) {
  return v.strictObject(entries, ({ expected, path }) => {
    if (expected === 'never') return `is unknown; there are ${Object.keys(entries).join(', ') || 'none'}`
    // A missing field is reported as having no value.
    const entry = entries[String(path?.[0].key)]
    const missing = entry === undefined ? undefined : v.safeParse(entry, undefined)
    return missing?.issues?.[0].message ?? 'must be an object'
  })
}
