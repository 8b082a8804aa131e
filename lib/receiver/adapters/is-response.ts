import { isObject } from '../../core/objects.ts'

/** Whether a handler has returned its own answer. Checks the shape, because servers bring their own `Response` class. */
export function isResponse(value: unknown): value is Response {
  return isObject(value) && 'status' in value && 'headers' in value
}
