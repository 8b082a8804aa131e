/** Whether a value has fields: an object or a list, and not null. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The fields of an object; none for any other value. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? { ...value } : {}
}

type Defined<T extends object> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/**
 * The same object without the fields that are undefined.
 *
 * @example
 * ```ts
 * defined({ kid: '62a750c45a06', found: undefined }) // { kid: '62a750c45a06' }
 * ```
 */
export function defined<const T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}
