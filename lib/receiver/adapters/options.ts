import type { AdmitOptions } from '../admit.ts'
import { checkOptions } from '../options.ts'

/** What every adapter can be told. */
export interface ReceiverOptions {
  /**
   * What becomes of a callback under a leaked key. `pass` hands it to user code with its verdict: the default where a
   * handler is given, which sees the verdict. `refuse` answers 401: the default of middleware, for what stands behind
   * it may never look.
   */
  readonly quarantined?: 'pass' | 'refuse'
}

/**
 * The arguments of an adapter behind `verify`: a handler, options, both or neither.
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
