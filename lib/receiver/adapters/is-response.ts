import { isObject } from '../../core/objects.ts'

/** Whether a handler has returned an answer of its own. By its shape: servers bring a `Response` class of their own. */
export function isResponse(value: unknown): value is Response {
  return isObject(value) && 'status' in value && 'headers' in value
}
