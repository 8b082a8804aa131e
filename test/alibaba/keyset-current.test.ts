import { afterEach, beforeEach, expect, it } from 'vitest'
import { serializeKeyset } from '../../lib/keyset/document.ts'
import { failureOf } from './cloud.ts'
import { StoredKeysets } from './stored-keysets.ts'

let kms: StoredKeysets
beforeEach(async () => {
  kms = await StoredKeysets.start()
})
afterEach(() => kms.close())

it('points it at the highest revision', async () => {
  await kms.saveNext()
  await kms.saveNext()
  kms.moveCurrent('keyset-00000001')
  await kms.run(kms.store.moveCurrentForward())
  expect(kms.current).toBe('keyset-00000002')
  await expect(kms.run(kms.store.load())).resolves.toMatchObject({ currentIsBehind: null })
})

it('never moves it back behind a save of another run', async () => {
  await kms.saveNext()
  await kms.saveNext()
  kms.moveCurrent('keyset-00000001')
  const base = await kms.run(kms.store.load())
  kms.next('before', 'UpdateSecretVersionStage', () => {
    kms.put('keyset-00000003', serializeKeyset(kms.following(base)))
  })
  await kms.run(kms.store.moveCurrentForward())
  expect(kms.current).toBe('keyset-00000003')
})

it('does nothing if it already points there', async () => {
  await kms.saveNext()
  await kms.run(kms.store.moveCurrentForward())
  expect(kms.usage().calls).not.toHaveProperty('UpdateSecretVersionStage')
})

it('says why it could not move it', async () => {
  await kms.saveNext()
  await kms.saveNext()
  kms.moveCurrent('keyset-00000001')
  kms.cloud.emulator.faults.add({
    kind: 'error',
    action: 'UpdateSecretVersionStage',
    status: 403,
    code: 'Forbidden.NoPermission',
    times: 'always',
  })
  const error = await kms.run(failureOf(kms.store.moveCurrentForward()))
  expect(error).toMatchObject({ code: 'denied' })
  expect(String(error)).toContain('kms:UpdateSecretVersionStage')
})

it('does not repeat a move that KMS keeps refusing', async () => {
  await kms.saveNext()
  await kms.saveNext()
  kms.moveCurrent('keyset-00000001')
  kms.cloud.emulator.faults.add({
    kind: 'error',
    action: 'UpdateSecretVersionStage',
    status: 400,
    code: 'InvalidParameter',
    times: 'always',
  })
  await expect(kms.run(kms.store.moveCurrentForward())).rejects.toMatchObject({ code: 'invalidRequest' })
  expect(kms.usage().calls).toMatchObject({ UpdateSecretVersionStage: 1 })
})

it('gives up if something keeps moving it back', async () => {
  await kms.saveNext()
  await kms.saveNext()
  kms.moveCurrent('keyset-00000001')
  kms.cloud.emulator.on('after', ({ action }) => {
    if (action === 'UpdateSecretVersionStage') kms.moveCurrent('keyset-00000001')
  })
  await expect(kms.run(kms.store.moveCurrentForward())).rejects.toMatchObject({ code: 'unavailable' })
})
