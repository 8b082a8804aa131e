import { instanceId } from './instance-id.ts'
import type { KeysetSource } from './keyset-source.ts'
import { readTrust } from '../keyset/document.ts'

/**
 * A fixed keyset that is never read again: for tests, and for receivers that get the document by other means. Does no
 * I/O.
 *
 * @param document - The keyset document, as JSON text or parsed.
 * @throws RotatorError `keyset` if the document is invalid.
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
