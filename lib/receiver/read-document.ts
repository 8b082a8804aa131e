import { parseKeyset, readKeyset } from '../keyset/document.ts'
import type { Keyset } from '../keyset/keyset.ts'

/**
 * The keyset of a document that is JSON text, or parsed already.
 *
 * @throws RotatorError `keyset` when the document breaks the rules of its format.
 */
export function readDocument(document: unknown): Keyset {
  return typeof document === 'string' ? parseKeyset(document) : readKeyset(document)
}
