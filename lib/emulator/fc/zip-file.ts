import { crc32 } from './crc32.ts'

/** A zip archive of uncompressed files. */
export function zipFile(files: ReadonlyMap<string, Buffer>): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, data] of files) {
    const fields = entryFields(name, data)
    const local = Buffer.concat([uint32(0x04034b50), fields, uint16(0), Buffer.from(name), data])
    const inDirectory = [uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), uint32(offset)]
    central.push(Buffer.concat([uint32(0x02014b50), uint16(20), fields, ...inDirectory, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const amount = uint16(files.size)
  const end = [uint32(0x06054b50), uint16(0), uint16(0), amount, amount, uint32(directory.length)]
  return Buffer.concat([...locals, directory, ...end, uint32(offset), uint16(0)])
}

/** The fields that a local header and the directory share: version, flags, method, time, date, sum, sizes. */
function entryFields(name: string, data: Buffer): Buffer {
  const size = uint32(data.length)
  return Buffer.concat([
    uint16(20),
    uint16(0),
    uint16(0),
    uint16(0),
    uint16(0x21),
    uint32(crc32(data)),
    size,
    size,
    uint16(Buffer.byteLength(name)),
  ])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
