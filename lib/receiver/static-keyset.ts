import { instanceId } from './instance-id.ts'
import type { KeysetSource } from './keyset-source.ts'
import { readTrust } from '../keyset/document.ts'

/**
 * A keyset that is given, and never read again: for tests, and for receivers that are handed the document by other
 * means. Does no I/O.
 *
 * @param document - The keyset document, as JSON text or parsed.
 * @throws RotatorError `keyset` when the document breaks the rules of its format.
 *
 * @example
 * ```ts
 * const keyset = staticKeyset(await readFile('keyset.json', 'utf8'))
 * ```
 */
export function staticKeyset(document: unknown): KeysetSource {
  const keyset = readTrust(document)
  const instance = instanceId()
  return {
    peek: () => keyset,
    load: () => Promise.resolve(keyset),
    refresh: () => Promise.resolve(),
    reload: () => Promise.resolve(keyset),
    get instance() {
      return instance()
    },
    fresh: true,
    coolingDown: true,
    status: () => ({
      ok: true,
      fresh: true,
      instance: instance(),
      lineage: keyset.lineage,
      revision: keyset.revision,
      age: 0,
      failures: 0,
      error: null,
    }),
    close: () => undefined,
  }
}
