/** Whether a value has fields: an object or a list, and not null. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The fields of an object; none for any other value. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? { ...value } : {}
}
