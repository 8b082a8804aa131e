import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { elapsedSince } from '../../lib/core/clock.ts'
import { serializeKeyset } from '../../lib/keyset/document.ts'
import { failureOf, GROUP } from './cloud.ts'
import { StoredKeysets } from './stored-keysets.ts'

let kms: StoredKeysets
beforeEach(async () => {
  kms = await StoredKeysets.start()
})
afterEach(() => kms.close())

it('creates the secret with the first document', async () => {
  const saved = await kms.saveNext()
  expect(kms.versions).toEqual(['keyset-00000001'])
  expect(kms.current).toBe('keyset-00000001')
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({
    keyset: saved.keyset,
    currentIsBehind: null,
  })
})

it('creates it with the configured key and instance', async () => {
  await kms.close()
  kms = await StoredKeysets.start({}, { keyId: 'key-1', instanceId: 'kst-1' })
  await kms.saveNext()
  expect(kms.secrets.find(GROUP.secret)).toMatchObject({
    encryptionKeyId: 'key-1',
    instanceId: 'kst-1',
  })
})

it('puts the first document into an empty secret', async () => {
  kms.create('v1', '{}')
  await kms.saveNext()
  expect(kms.versions).toEqual(['v1', 'keyset-00000001'])
  expect(kms.usage().calls).not.toHaveProperty('CreateSecret')
})

it('stores revision after revision, past the ten versions that KMS keeps', async () => {
  for (let revision = 1; revision <= 25; revision++) {
    const saved = await kms.saveNext()
    expect(saved.keyset?.revision).toBe(revision)
    expect(kms.current).toBe(`keyset-${String(revision).padStart(8, '0')}`)
  }
  expect(kms.versions).toHaveLength(10)
})

it('loses to a run that stored the same revision first', async () => {
  const base = await kms.saveNext()
  const theirs = kms.following(base)
  kms.put('keyset-00000002', serializeKeyset(theirs))
  await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({
    code: 'conflict',
    retryable: false,
  })
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: theirs })
})

it.each([
  [409, 'Rejected.ResourceExist'],
  [400, 'InvalidParameter'],
  [403, 'Forbidden.VersionExists'],
  [500, 'InternalError'],
])('decides by reading back, even if KMS refuses with %i %s', async (status, code) => {
  await kms.close()
  kms = await StoredKeysets.start({ assumptions: { versionConflict: { status, code } } })
  const base = await kms.saveNext()
  kms.put('keyset-00000002', serializeKeyset(kms.following(base)))
  await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({ code: 'conflict' })
})

it('lets one of many runs win and tells the others', async () => {
  const base = await kms.saveNext()
  const outcomes = await kms.run(
    Promise.allSettled(Array.from({ length: 5 }, () => kms.store.save(kms.following(base), base))),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
  }
})

it('lets one of many runs create the secret', async () => {
  const base = await kms.run(kms.store.load())
  const outcomes = await kms.run(
    Promise.allSettled(Array.from({ length: 5 }, () => kms.store.save(kms.following(base), base))),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
  }
  expect(kms.versions).toEqual(['keyset-00000001'])
})

it.each(['PutSecretValue', 'CreateSecret'])('resolves a lost answer of %s', async (action) => {
  if (action === 'PutSecretValue') await kms.saveNext()
  for (const kind of ['dropAfter', 'reset', 'html', 'throttle'] as const)
    kms.cloud.emulator.faults.add({ kind, action })
  const saved = await kms.saveNext()
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: saved.keyset })
})

it.each(['PutSecretValue', 'CreateSecret'])(
  'finds its document even if no answer of %s ever comes',
  async (action) => {
    if (action === 'PutSecretValue') await kms.saveNext()
    const base = await kms.run(kms.store.load())
    const next = kms.following(base)
    kms.cloud.emulator.faults.add({ kind: 'dropAfter', action, times: 'always' })
    await expect(kms.run(kms.store.save(next, base))).resolves.toMatchObject({ keyset: next })
  },
)

it('says what went wrong if nothing was stored', async () => {
  const base = await kms.saveNext()
  kms.cloud.emulator.faults.add({
    kind: 'error',
    action: 'PutSecretValue',
    status: 403,
    code: 'Forbidden.NoPermission',
  })
  const error = await kms.run(failureOf(kms.store.save(kms.following(base), base)))
  expect(error).toMatchObject({ code: 'denied' })
  expect(String(error)).toContain('kms:PutSecretValue')
})

it('notices a later revision, although its own was stored', async () => {
  const base = await kms.saveNext()
  const next = kms.following(base)
  kms.next('after', 'PutSecretValue', () => {
    kms.put('keyset-00000003', serializeKeyset(kms.following({ ...base, keyset: next })))
  })
  await expect(kms.run(kms.store.save(next, base))).rejects.toMatchObject({ code: 'conflict' })
})

it('waits until the list shows the new version', async () => {
  const base = await kms.saveNext()
  const next = kms.following(base)
  const secret = kms.secrets.find(GROUP.secret)
  const shown = [...(secret?.versions ?? [])]
  let hidden: typeof shown = []
  kms.next('after', 'PutSecretValue', () => {
    if (!secret) return
    hidden = secret.versions
    secret.versions = shown
    void kms.cloud.clock.sleep(1_200).then(() => (secret.versions = hidden))
  })
  await expect(kms.run(kms.store.save(next, base))).resolves.toMatchObject({
    keyset: next,
    currentIsBehind: null,
  })
})

describe('with a list that lags by a minute', () => {
  beforeEach(async () => {
    await kms.close()
    kms = await StoredKeysets.start({ assumptions: { versionListLagMs: 60_000 } })
  })

  it('knows that an answered save has happened, in every load', async () => {
    for (let revision = 1; revision <= 3; revision++) {
      await expect(kms.saveNext()).resolves.toMatchObject({ keyset: { revision }, currentIsBehind: null })
      const other = await kms.another()
      await expect(kms.run(other.load())).resolves.toMatchObject({
        keyset: { revision },
        currentIsBehind: null,
      })
    }
  })

  it('knows that a save whose answers were lost has happened', async () => {
    const base = await kms.saveNext()
    kms.cloud.emulator.faults.add({ kind: 'dropAfter', action: 'PutSecretValue', times: 'always' })
    await expect(kms.run(kms.store.save(kms.following(base), base))).resolves.toMatchObject({
      keyset: { revision: 2 },
    })
  })

  it('tells the loser of a race at once what to continue from', async () => {
    const base = await kms.saveNext()
    const theirs = kms.following(base)
    kms.put('keyset-00000002', serializeKeyset(theirs))
    // Somebody has pointed ACSCurrent back, so that nothing shows it.
    kms.moveCurrent('keyset-00000001')
    await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(kms.run(kms.store.load())).resolves.toMatchObject({
      keyset: theirs,
      currentIsBehind: 'keyset-00000001',
    })
  })
})

it('rereads an absent version for ten seconds', async () => {
  const base = await kms.saveNext()
  const theirs = kms.following(base)
  kms.put('keyset-00000002', serializeKeyset(theirs))
  const started = kms.cloud.clock.now()
  const stop = kms.cloud.emulator.on('before', ({ action }) => {
    const secret = kms.secrets.find(GROUP.secret)
    if (action !== 'GetSecretValue' || secret === undefined) return
    const later = secret.versions
    secret.versions = later.filter(({ id }) => id !== 'keyset-00000002')
    void kms.cloud.clock.sleep(8_000).then(() => {
      stop()
      secret.versions = later
    })
  })
  await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({ code: 'conflict' })
  expect(kms.cloud.clock.now() - started).toBeGreaterThan(7_000)
})

it('says that the secret is in its deletion window if it only looks absent', async () => {
  const base = await kms.run(kms.store.load())
  kms.cloud.emulator.faults.add({
    kind: 'error',
    action: 'CreateSecret',
    status: 409,
    code: 'Rejected.ResourceExist',
    times: 'always',
  })
  const error = await kms.run(failureOf(kms.store.save(kms.following(base), base)))
  expect(error).toMatchObject({ code: 'deletionWindow', cause: { code: 'alreadyExists' } })
  expect(String(error)).toMatch(/deletion window.*RestoreSecret/)
})

it('loads again before it saves if the load is older than ten minutes', async () => {
  // By now KMS has dropped the version that this save would have to collide with.
  const base = await kms.saveNext()
  const stale = kms.following(base)
  for (let n = 0; n < 12; n++) await kms.saveNext()
  expect(kms.versions).not.toContain('keyset-00000002')
  await kms.cloud.clock.advance(10 * 60_000 + 1)
  const before = kms.usage().calls['PutSecretValue']
  await expect(kms.run(kms.store.save(stale, base))).rejects.toMatchObject({ code: 'conflict' })
  expect(kms.usage().calls['PutSecretValue']).toBe(before)
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({
    keyset: { revision: 13 },
    currentIsBehind: null,
  })
})

it('saves on an old load if nothing has changed', async () => {
  const base = await kms.saveNext()
  await kms.cloud.clock.advance(3_600_000)
  await expect(kms.run(kms.store.save(kms.following(base), base))).resolves.toMatchObject({
    keyset: { revision: 2 },
  })
})

it('notices a different lineage under the same revision', async () => {
  const base = await kms.saveNext()
  await kms.cloud.clock.advance(3_600_000)
  kms.delete(null)
  const other = kms.following({ ...base, keyset: null })
  kms.create('keyset-00000001', serializeKeyset({ ...other, lineage: '999999999999' }))
  await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({ code: 'conflict' })
})

it('says that the secret is gone', async () => {
  const base = await kms.saveNext()
  kms.delete(null)
  await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({ code: 'notFound' })
  expect(kms.secrets.find(GROUP.secret)).toBeUndefined()
})

it('says that the secret is being deleted', async () => {
  const base = await kms.saveNext()
  kms.delete(30)
  await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({
    code: 'deletionWindow',
  })
})

it('refuses a document that is too large before any call', async () => {
  const base = await kms.saveNext()
  const keyset = kms.following(base)
  const calls = kms.usage().calls
  const large = { ...keyset, extra: { note: 'x'.repeat(31_000) } }
  await expect(kms.run(kms.store.save(large, base))).rejects.toMatchObject({ code: 'keysetFull' })
  expect(kms.usage().calls).toEqual(calls)
})

it('refuses a revision that does not follow the last one', async () => {
  const base = await kms.saveNext()
  const next = { ...kms.following(base), revision: 7 }
  await expect(kms.run(kms.store.save(next, base))).rejects.toBeInstanceOf(TypeError)
})

it('returns the time of its last read', async () => {
  const base = await kms.saveNext()
  await kms.cloud.clock.advance(60_000)
  const saved = await kms.run(kms.store.save(kms.following(base), base))
  expect(elapsedSince(saved.loadedAt, kms.cloud.clock)).toBeLessThan(1_000)
  await expect(kms.run(kms.store.save(kms.following(saved), saved))).resolves.toMatchObject({
    keyset: { revision: 3 },
  })
})

it('loads again if another run created the secret meanwhile, whatever its value', async () => {
  const base = await kms.run(kms.store.load())
  kms.next('before', 'CreateSecret', () => kms.create('v1', '{}'))
  await expect(kms.run(kms.store.save(kms.following(base), base))).rejects.toMatchObject({ code: 'conflict' })
  await expect(kms.saveNext()).resolves.toMatchObject({ keyset: { revision: 1 } })
})
