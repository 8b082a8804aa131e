/** Whether a value can have fields: an object or an array, but not null. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
