import { warn } from './warn.ts'

/**
 * Calls a user's hook. If it fails, now or later, that is a process warning: it must neither cost a callback nor end the
 * process.
 */
export function callHook<A extends readonly unknown[]>(
  name: string,
  hook: ((...given: A) => unknown) | undefined,
  ...given: A
): void {
  if (hook === undefined) return
  const failed = (error: unknown): void => {
    warn(`${name} threw`, error)
  }
  try {
    const returned = hook(...given)
    if (returned instanceof Promise) returned.catch(failed)
  } catch (error) {
    failed(error)
  }
}
