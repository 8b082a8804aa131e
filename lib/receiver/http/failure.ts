import { jsonFields } from '../../core/json.ts'

// Loaded on demand: most programs never see a failure.

/**
 * Why there was no answer: the network error's code, such as `ECONNREFUSED`, or the kind of error. Never its text, which
 * may contain the request.
 */
export function networkFailure(error: unknown): string {
  let kind = 'unknown'
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(at.code)) return at.code
    if (depth === 0) kind = at.name
  }
  return kind
}

/**
 * The form of the vendor's codes, e.g. `Forbidden.ResourceNotFound`; anything else may be anything. None of their words is
 * as long as a key.
 */
const CODE_FORM = /^[A-Z][A-Za-z]{0,29}([._-][A-Za-z]{1,30}){0,5}$/

/** The vendor's code in an answer; undefined if there is none in their form. */
export function vendorCodeIn(text: string): string | undefined {
  const { Code: code } = jsonFields(text)
  return typeof code === 'string' && CODE_FORM.test(code) ? code : undefined
}
