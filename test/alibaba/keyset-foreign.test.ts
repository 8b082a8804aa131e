import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InvalidKeyset } from '../../lib/keyset/invalid.ts'
import { serializeKeyset } from '../../lib/keyset/document.ts'
import { lineOf } from '../../lib/keyset/version-line.ts'
import { failureOf } from './cloud.ts'
import { StoredKeysets } from './stored-keysets.ts'

let kms: StoredKeysets
beforeEach(async () => {
  kms = await StoredKeysets.start()
})
afterEach(() => kms.close())

const versionOf = (revision: number): string => `keyset-${String(revision).padStart(8, '0')}`

/** The text of the following document, with other fields. */
async function following(fields: object): Promise<string> {
  const base = await kms.run(kms.store.load())
  return JSON.stringify({ ...(JSON.parse(serializeKeyset(kms.following(base))) as object), ...fields })
}

describe('the version line', () => {
  it.each([
    [[], [], []],
    [[7], [7], []],
    [[7, 1_007], [7, 1_007], []],
    [[7, 1_008], [7], [1_008]],
    [[5_000, 5_001, 7], [7], [5_000, 5_001]],
    [[1, 1_001, 2_001, 99_999_999], [1, 1_001, 2_001], [99_999_999]],
  ])('of %j is %j, with %j out of line', (revisions, inLine, outOfLine) => {
    const versionIds = ['by-hand', ...revisions.map(versionOf), 'keyset-00000000', 'keyset-7']
    expect(lineOf(versionIds)).toEqual({ inLine, outOfLine })
  })
})

describe('a version out of line', () => {
  it('is ignored by loads and saves while ACSCurrent is elsewhere', async () => {
    const saved = await kms.saveNext()
    kms.put(versionOf(99_999_999), await following({ revision: 99_999_999 }))
    kms.moveCurrent(versionOf(1))
    await expect(kms.run(kms.store.load())).resolves.toMatchObject({
      keyset: saved.keyset,
      currentIsBehind: null,
    })
    await expect(kms.saveNext()).resolves.toMatchObject({ keyset: { revision: 2 }, currentIsBehind: null })
  })

  it.each([
    ['valid in itself', 99_999_999, {}],
    ['invalid too', 5_000, { ttl: 2 ** 53 }],
  ])('under ACSCurrent stops the group (%s)', async (_, revision, fields) => {
    await kms.saveNext()
    kms.put(versionOf(revision), await following({ revision, ...fields }))
    const error = await kms.run(failureOf(kms.store.load()))
    expect(error).toBeInstanceOf(InvalidKeyset)
    expect(String(error)).toContain(`version ${versionOf(revision)}: `)
    expect(String(error)).toContain('revision is more than 1,000 above that of keyset-00000001')
    expect(String(error)).toContain('live-key-rotator keyset --restore')
  })
})

describe('an invalid newest document', () => {
  const bad: [string, object, string][] = [
    ['a ttl of 2^53', { ttl: 2 ** 53 }, 'ttl'],
    ['a revision of its own', { revision: 3_000_000 }, 'revision'],
    ['a revision out of bounds', { revision: 2 ** 40 }, 'revision'],
    ['a time next year', { updatedAt: '2027-11-24T08:00:00.000Z' }, 'updatedAt'],
    ['invalid keys', { keys: [{ kid: 'x' }] }, 'keys[0].state'],
  ]

  it.each(bad)('with %s: the error names its version, the field and what to do', async (_, fields, field) => {
    await kms.saveNext()
    kms.put(versionOf(2), await following(fields))
    const error = await kms.run(failureOf(kms.store.load()))
    expect(error).toBeInstanceOf(InvalidKeyset)
    expect(error).toMatchObject({ code: 'keyset' })
    expect(String(error)).toContain('version keyset-00000002: invalid keyset document: ' + field)
    expect(String(error)).toContain('live-key-rotator keyset --restore')
  })

  it.each([...bad.map(([name, fields]) => [name, fields] as const), ['no JSON', null] as const])(
    'with %s: the next save continues from the newest valid one, with a new lineage',
    async (_, fields) => {
      await kms.saveNext()
      const valid = await kms.saveNext()
      for (const revision of [3, 4])
        kms.put(
          versionOf(revision),
          fields === null ? '['.repeat(5_000) : await following(fields).catch(() => '{'),
        )
      const base = await kms.run(kms.store.recover())
      expect(base.keyset?.keys).toEqual(valid.keyset?.keys)
      expect(base.keyset?.lineage).toMatch(/^[0-9a-f]{12}$/)
      expect(base.keyset?.lineage).not.toBe(valid.keyset?.lineage)
      await kms.run(kms.store.save(kms.following(base), base))
      expect(kms.current).toBe(versionOf(5))
      await expect(kms.run(kms.store.load())).resolves.toMatchObject({
        keyset: { revision: 5, lineage: base.keyset?.lineage },
        currentIsBehind: null,
      })
    },
  )

  it('starts again with a first document if no valid one is left', async () => {
    kms.create(versionOf(1), '{"format":"live-keyset/1"}')
    const base = await kms.run(kms.store.recover())
    expect(base.keyset).toMatchObject({ group: 'default', revision: 1, keys: [] })
    await kms.run(kms.store.save(kms.following(base), base))
    await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: { revision: 2 } })
  })

  it('is replaced even under the last possible number', async () => {
    kms.create(versionOf(99_999_999), '{"format":"live-keyset/1"}')
    await expect(kms.run(kms.store.load())).rejects.toMatchObject({ code: 'keyset' })
    const base = await kms.run(kms.store.recover())
    await kms.run(kms.store.save(kms.following(base), base))
    await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: { revision: 1 } })
  })

  it('of another format is left alone', async () => {
    await kms.saveNext()
    kms.put(versionOf(2), await following({ format: 'live-keyset/2' }))
    const error = await kms.run(failureOf(kms.store.load()))
    expect(error).toMatchObject({ code: 'keyset' })
    expect(error).not.toBeInstanceOf(InvalidKeyset)
    expect(String(error)).not.toContain('--restore')
    await expect(kms.run(kms.store.recover())).rejects.toMatchObject({ code: 'keyset' })
  })
})

describe('versions by others', () => {
  it('do not prevent a first document while they are few and empty', async () => {
    kms.create('v0', '{}')
    for (let n = 1; n < 9; n++) kms.put(`v${n}`, n % 2 ? '' : ' { } ')
    await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: null })
    kms.put('v9', '{}')
    const error = await kms.run(failureOf(kms.store.load()))
    expect(error).toMatchObject({ code: 'keyset' })
    expect(String(error)).toContain('a keyset may have been pushed out')
  })

  it('are read one by one, because one below ACSCurrent may be in use', async () => {
    kms.create('v1', 'password')
    kms.put('v2', '{}')
    const error = await kms.run(failureOf(kms.store.load()))
    expect(String(error)).toContain('holds something other than a keyset (version v1)')
    expect(String(error)).not.toContain('password')
  })
})
