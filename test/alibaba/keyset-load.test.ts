import { afterEach, beforeEach, expect, it } from 'vitest'
import { createAlibaba } from '../../lib/alibaba/create-alibaba.ts'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import { momentOf } from '../../lib/core/clock.ts'
import { serializeKeyset } from '../../lib/keyset/document.ts'
import { configFor, failureOf, GROUP, LOCAL_PAIR } from './cloud.ts'
import { StoredKeysets } from './stored-keysets.ts'

let kms: StoredKeysets
beforeEach(async () => {
  kms = await StoredKeysets.start()
})
afterEach(() => kms.close())

it('finds no keyset if the secret does not exist', async () => {
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: null, currentIsBehind: null })
})

it.each(['', '{}', ' { } \n'])('finds no keyset in the value %j', async (value) => {
  kms.create('v1', value)
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: null, currentIsBehind: null })
})

it.each(['{"user":"admin"}', 'password', '[]', 'null', '{}{}'])(
  'leaves the foreign value %j alone',
  async (value) => {
    kms.create('v1', value)
    const error = await kms.run(failureOf(kms.store.load()))
    expect(error).toMatchObject({ code: 'keyset' })
    expect(String(error)).toContain('holds something other than a keyset')
    expect(kms.usage().calls).not.toHaveProperty('PutSecretValue')
  },
)

it('takes the highest revision, whatever ACSCurrent says', async () => {
  await kms.saveNext()
  await kms.saveNext()
  const saved = await kms.saveNext()
  kms.moveCurrent('keyset-00000002')
  const loaded = await kms.run(kms.store.load())
  expect(loaded.keyset).toEqual(saved.keyset)
  expect(loaded.currentIsBehind).toBe('keyset-00000002')
})

it('treats a foreign value under ACSCurrent as a moved label', async () => {
  const saved = await kms.saveNext()
  kms.put('by-hand', 'password')
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({
    keyset: saved.keyset,
    currentIsBehind: 'by-hand',
  })
})

it('lists again if the version has disappeared meanwhile', async () => {
  const first = await kms.saveNext()
  let last = first
  kms.next('before', 'GetSecretValue', () => {
    for (let revision = 2; revision <= 13; revision++) {
      const keyset = kms.following(last)
      kms.put(`keyset-${String(revision).padStart(8, '0')}`, serializeKeyset(keyset))
      last = { ...last, keyset }
    }
  })
  const loaded = await kms.run(kms.store.load())
  expect(loaded).toMatchObject({ keyset: last.keyset, currentIsBehind: null })
  expect(kms.versions).not.toContain('keyset-00000001')
})

it('lists again if the first keyset has appeared meanwhile', async () => {
  kms.create('v1', '{}')
  const keyset = kms.following({ keyset: null, loadedAt: momentOf(kms.cloud.clock), currentIsBehind: null })
  kms.next('before', 'GetSecretValue', () => kms.put('keyset-00000001', serializeKeyset(keyset)))
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset })
})

it('reads all pages, deprecated versions too', async () => {
  for (let n = 0; n < 7; n++) await kms.saveNext()
  expect(kms.versions).toHaveLength(7)
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: { revision: 7 } })
})

it('refuses an invalid document, and one stored under another revision', async () => {
  kms.create('keyset-00000001', '{"format":"live-keyset/2"}')
  await expect(kms.run(kms.store.load())).rejects.toMatchObject({ code: 'keyset' })
  const keyset = kms.following({ keyset: null, loadedAt: momentOf(kms.cloud.clock), currentIsBehind: null })
  kms.put('keyset-00000002', serializeKeyset(keyset))
  await expect(kms.run(kms.store.load())).rejects.toMatchObject({ code: 'keyset' })
})

it('says when the read began', async () => {
  const before = momentOf(kms.cloud.clock)
  const { loadedAt } = await kms.run(kms.store.load())
  expect(loadedAt).toEqual(before)
})

it('says when the document was stored, however late it is read', async () => {
  await kms.saveNext()
  const stored = kms.cloud.clock.now()
  await kms.cloud.clock.advance(90_000)
  const { storedAt } = await kms.run(kms.store.load())
  // KMS gives whole seconds.
  expect(Math.abs((storedAt ?? 0) - stored)).toBeLessThan(2_000)
})

it('says that the secret is being deleted', async () => {
  kms.create('v1', '{}')
  kms.delete(30)
  const error = await kms.run(failureOf(kms.store.load()))
  expect(error).toMatchObject({ code: 'deletionWindow', retryable: false })
  expect(String(error)).toContain('RestoreSecret')
})

it.each(['Forbidden.KeyNotFound', 'EntityNotExist.Role', 'InstanceNotFound'])(
  'does not mistake a missing encryption key or role for a missing secret (%s)',
  async (code) => {
    kms.create('v1', '{}')
    kms.cloud.emulator.faults.add({
      kind: 'error',
      action: 'GetSecretValue',
      status: 403,
      code,
    })
    await expect(kms.run(kms.store.load())).rejects.toMatchObject({ code: 'notFound', vendorCode: code })
  },
)

it('starts no call after the run’s deadline', async () => {
  const { clock, emulator } = kms.cloud
  const deadline = clock.now() + 400
  const alibaba = createAlibaba({
    config: configFor(emulator.url),
    credentials: fixedCredentials(LOCAL_PAIR),
    clock,
    random: () => 0.5,
    deadline,
  })
  const { keysets, usage } = await alibaba.open(GROUP)
  emulator.faults.add({ kind: 'error', times: 'always' })
  const error = await kms.run(failureOf(keysets.load()))
  expect(error).toMatchObject({ code: 'deadline', cause: { vendorCode: 'InternalError' } })
  expect(clock.now()).toBeLessThanOrEqual(deadline)
  const { calls } = usage()
  await clock.advance(1_000)
  await expect(kms.run(keysets.load())).rejects.toMatchObject({ code: 'deadline' })
  expect(usage().calls).toEqual(calls)
})

it.each(['throttle', 'error', 'html', 'empty', 'reset', 'drop', 'dropAfter'] as const)(
  'survives two faults of the kind %s',
  async (kind) => {
    const saved = await kms.saveNext()
    for (const action of ['ListSecretVersionIds', 'GetSecretValue']) {
      kms.cloud.emulator.faults.add({ kind, action, times: 2 })
    }
    await expect(kms.run(kms.store.load())).resolves.toMatchObject({ keyset: saved.keyset })
    expect(kms.usage().throttled).toBe(kind === 'throttle' ? 4 : 0)
  },
)

it('gives up eventually', async () => {
  kms.cloud.emulator.faults.add({ kind: 'error', times: 'always' })
  const before = kms.cloud.clock.now()
  await expect(kms.run(kms.store.load())).rejects.toMatchObject({
    code: 'unavailable',
    vendorCode: 'InternalError',
  })
  expect(kms.cloud.clock.now() - before).toBeLessThan(60_000)
})
