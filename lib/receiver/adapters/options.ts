import type { AdmitOptions } from '../admit.ts'
import { checkOptions } from '../options.ts'

/** The options of every adapter. */
export interface ReceiverOptions {
  /**
   * What happens to a callback under a leaked key. `pass` passes it to user code with its verdict: the default with a
   * handler, which sees the verdict. `refuse` answers 401: the default for middleware, because what follows it may never
   * check.
   */
  readonly quarantined?: 'pass' | 'refuse'
}

/**
 * The arguments of an adapter after `verify`: a handler, options, both or neither.
 *
 * @param where - The adapter, as an error names it.
 * @param others - The names of its own options.
 * @throws TypeError for a wrong option.
 */
export function readArguments<A extends readonly unknown[], O extends ReceiverOptions>(
  where: string,
  first: ((...given: A) => unknown) | O | undefined,
  second: O | undefined,
  others: readonly string[] = [],
): { handler: ((...given: A) => unknown) | undefined; options: O | undefined; admitOptions: AdmitOptions } {
  const isHandler = (given: unknown): given is (...given: A) => unknown => typeof given === 'function'
  const handler = isHandler(first) ? first : undefined
  const options = isHandler(first) ? second : (first ?? second)
  checkOptions(where, options ?? {}, ['quarantined', ...others])
  const quarantined: unknown = options?.quarantined ?? (handler === undefined ? 'refuse' : 'pass')
  if (quarantined !== 'pass' && quarantined !== 'refuse') {
    throw new TypeError('"quarantined" must be "pass" or "refuse"')
  }
  return { handler, options, admitOptions: { quarantined } }
}
