import { describe, expect, it } from 'vitest'
import { zipReader } from '../../lib/alibaba/fc/zip.ts'
import { zipFile } from '../../lib/emulator/fc/zip-file.ts'

/** Made by Python's zipfile: one file deflated, one stored in a folder. */
const ARCHIVE = Buffer.from(
  'UEsDBBQAAAAIAAAAIVxYpG5DGQAAADwAAAANAAAAcm90YXRpb24ueWFtbCtKTc/Mz7NSSM7TLc5IzEvPSMzkKiJSDABQSwMEFAAAAAAAAAAhXExffPcSAAAAEgAAABEAAABsaXN0cy9kb21haW5zLnR4dGxpdmUxLmV4YW1wbGUuY29tClBLAQIUAxQAAAAIAAAAIVxYpG5DGQAAADwAAAANAAAAAAAAAAAAAACAAQAAAAByb3RhdGlvbi55YW1sUEsBAhQDFAAAAAAAAAAhXExffPcSAAAAEgAAABEAAAAAAAAAAAAAAIABRAAAAGxpc3RzL2RvbWFpbnMudHh0UEsFBgAAAAACAAIAegAAAIUAAAAAAA==',
  'base64',
)

describe('a zip archive', () => {
  it('returns its files, deflated or stored, and null for any other', () => {
    const read = zipReader(ARCHIVE)
    expect(read('rotation.yaml')).toBe('region: cn-shanghai\n'.repeat(3))
    expect(read('lists/domains.txt')).toBe('live1.example.com\n')
    expect(read('index.js')).toBeNull()
  })

  it('of the local cloud can be read too', () => {
    const read = zipReader(zipFile(new Map([['äöü.yaml', Buffer.from('中文')]])))
    expect(read('äöü.yaml')).toBe('中文')
  })

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is something else', Buffer.from('<html>502 Bad Gateway</html>')],
    ['was cut off', ARCHIVE.subarray(0, 100)],
    ['leads out of itself', Buffer.concat([ARCHIVE.subarray(80)])],
  ])('is refused if it %s', (_, archive) => {
    expect(() => zipReader(archive)('rotation.yaml')).toThrow('not a readable zip archive')
  })
})
