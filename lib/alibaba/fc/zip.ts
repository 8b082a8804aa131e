import { inflateRawSync } from 'node:zlib'
import { RotatorError } from '../../core/errors.ts'

const END = 0x06054b50
const ENTRY = 0x02014b50
const STORED = 0
const DEFLATED = 8
/** A configuration is far smaller; a larger entry may be a zip bomb. */
const LARGEST_FILE = 4 * 2 ** 20

/**
 * Reads files of a zip archive by name; `null` for one that is not in it. Does no I/O. Supports what Function Compute's
 * code archives use: no encryption, no Zip64.
 *
 * @throws RotatorError `invalidAnswer` for any other archive.
 *
 * @example
 * ```ts
 * const read = zipReader(archive)
 * read('rotation.yaml')
 * ```
 */
export function zipReader(archive: Buffer): (name: string) => string | null {
  const entries = entriesOf(archive)
  return (name) => {
    const entry = entries.get(name)
    return entry === undefined ? null : contentOf(archive, entry).toString('utf8')
  }
}

interface Entry {
  readonly method: number
  readonly packed: number
  readonly size: number
  readonly offset: number
}

function entriesOf(archive: Buffer): Map<string, Entry> {
  return guarded(() => {
    const end = archive.lastIndexOf(signature(END))
    if (end === -1) throw broken()
    const entries = new Map<string, Entry>()
    let at = archive.readUInt32LE(end + 16)
    for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
      if (archive.readUInt32LE(at) !== ENTRY) throw broken()
      const [name, extra, comment] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field))
      const nameEnd = at + 46 + (name ?? 0)
      entries.set(archive.toString('utf8', at + 46, nameEnd).replace(/^\.\//, ''), {
        method: archive.readUInt16LE(at + 10),
        packed: archive.readUInt32LE(at + 20),
        size: archive.readUInt32LE(at + 24),
        offset: archive.readUInt32LE(at + 42),
      })
      at = nameEnd + (extra ?? 0) + (comment ?? 0)
    }
    return entries
  })
}

function contentOf(archive: Buffer, { method, packed, size, offset }: Entry): Buffer {
  return guarded(() => {
    if (size > LARGEST_FILE) throw broken()
    const begin = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28)
    const bytes = archive.subarray(begin, begin + packed)
    if (method === STORED) return bytes
    if (method !== DEFLATED) throw broken()
    return inflateRawSync(bytes, { maxOutputLength: LARGEST_FILE })
  })
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** An offset outside the archive means that the archive is corrupt. */
function guarded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof RotatorError ? error : broken(error)
  }
}

function broken(cause?: unknown): RotatorError {
  return new RotatorError('invalidAnswer', 'the code of the function is not a readable zip archive', {
    cause,
  })
}
