import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KmsKeysetStore, LoadedKeyset } from '../../lib/alibaba/kms-keyset-store.ts'
import type { Usage } from '../../lib/alibaba/usage.ts'
import {
  importPrevious,
  Key,
  newKeyset,
  nextRevision,
  serializeKeyset,
  type Keyset,
} from '../../lib/keyset/index.ts'
import { createAlibaba, fixedCredentials } from '../../lib/alibaba/index.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/index.ts'
import { configFor, failureOf, GROUP, LOCAL_PAIR, startCloud, type Cloud } from './cloud.ts'

const SECRET = GROUP.secret
let cloud: Cloud
let store: KmsKeysetStore
let usage: () => Usage

beforeEach(async () => {
  cloud = await startCloud()
  const access = await cloud.alibaba.open(GROUP)
  store = access.keysets
  usage = () => access.usage()
})
afterEach(() => cloud.emulator.close())

const run = <T>(work: Promise<T>): Promise<T> => cloud.clock.run(work)

/** A keyset one revision further, with another key in it. */
function following(base: LoadedKeyset): Keyset {
  const before = base.keyset ?? newKeyset(GROUP.name, 'abcdef012345')
  const now = cloud.clock.now()
  return nextRevision(before, importPrevious(before, [Key.generate()], now), 60_000, now)
}

async function saveNext(): Promise<LoadedKeyset> {
  const base = await store.load()
  return store.save(following(base), base)
}

/** What others do to the secret, past the adapter. */
function put(versionId: string, data: string): void {
  cloud.emulator.world.secrets.put(LOCAL_ACCOUNT_ID, SECRET, { versionId, data }, null)
}

function create(versionId: string, data: string): void {
  cloud.emulator.world.secrets.create(LOCAL_ACCOUNT_ID, SECRET, { versionId, data })
}

function versions(): string[] {
  return (cloud.emulator.world.secrets.find(SECRET)?.versions ?? []).map(({ id }) => id)
}

function holder(stage: string): string | undefined {
  return cloud.emulator.world.secrets.find(SECRET)?.versions.find(({ stages }) => stages.has(stage))?.id
}

/** Does something once, right before the next call of `action`. */
function beforeNext(action: string, act: () => void): void {
  const stop = cloud.emulator.on('before', (call) => {
    if (call.action !== action) return
    stop()
    act()
  })
}

function afterNext(action: string, act: () => void): void {
  const stop = cloud.emulator.on('after', (call) => {
    if (call.action !== action) return
    stop()
    act()
  })
}

describe('load', () => {
  it('finds no keyset where there is no secret', async () => {
    await expect(run(store.load())).resolves.toMatchObject({ keyset: null, currentIsBehind: null })
  })

  it.each(['', '{}', ' { } \n'])('finds no keyset in the value %j', async (value) => {
    create('v1', value)
    await expect(run(store.load())).resolves.toMatchObject({ keyset: null, currentIsBehind: null })
  })

  it.each(['{"user":"admin"}', 'password', '[]', 'null', '{}{}'])(
    'leaves the value %j alone',
    async (value) => {
      create('v1', value)
      const error = await run(failureOf(store.load()))
      expect(error).toMatchObject({ code: 'keyset' })
      expect(String(error)).toContain('holds something else than a keyset')
      expect(usage().calls).not.toHaveProperty('PutSecretValue')
    },
  )

  it('takes the highest revision, whatever ACSCurrent says', async () => {
    await run(saveNext())
    await run(saveNext())
    const saved = await run(saveNext())
    cloud.emulator.world.secrets.updateStage(LOCAL_ACCOUNT_ID, SECRET, 'ACSCurrent', 'keyset-00000002', null)
    const loaded = await run(store.load())
    expect(loaded.keyset).toEqual(saved.keyset)
    expect(loaded.currentIsBehind).toBe('keyset-00000002')
  })

  it('takes a foreign value under ACSCurrent for somebody having moved it', async () => {
    const saved = await run(saveNext())
    put('by-hand', 'password')
    await expect(run(store.load())).resolves.toMatchObject({
      keyset: saved.keyset,
      currentIsBehind: 'by-hand',
    })
  })

  it('lists again when the version is gone meanwhile', async () => {
    const first = await run(saveNext())
    let last = first
    beforeNext('GetSecretValue', () => {
      for (let revision = 2; revision <= 13; revision++) {
        const keyset = following(last)
        put(`keyset-${String(revision).padStart(8, '0')}`, serializeKeyset(keyset))
        last = { ...last, keyset }
      }
    })
    const loaded = await run(store.load())
    expect(loaded).toMatchObject({ keyset: last.keyset, currentIsBehind: null })
    expect(versions()).not.toContain('keyset-00000001')
  })

  it('lists again when the first keyset comes meanwhile', async () => {
    create('v1', '{}')
    const keyset = following({ keyset: null, loadedAt: 0, currentIsBehind: null })
    beforeNext('GetSecretValue', () => put('keyset-00000001', serializeKeyset(keyset)))
    await expect(run(store.load())).resolves.toMatchObject({ keyset })
  })

  it('reads all pages, deprecated versions too', async () => {
    for (let n = 0; n < 7; n++) await run(saveNext())
    expect(versions()).toHaveLength(7)
    await expect(run(store.load())).resolves.toMatchObject({ keyset: { revision: 7 } })
  })

  it('refuses a document that breaks the rules, and one under another revision', async () => {
    create('keyset-00000001', '{"format":"live-keyset/2"}')
    await expect(run(store.load())).rejects.toMatchObject({ code: 'keyset' })
    const keyset = following({ keyset: null, loadedAt: 0, currentIsBehind: null })
    put('keyset-00000002', serializeKeyset(keyset))
    await expect(run(store.load())).rejects.toMatchObject({ code: 'keyset' })
  })

  it('says when the read began', async () => {
    const before = cloud.clock.now()
    const { loadedAt } = await run(store.load())
    expect(loadedAt).toBe(before)
  })

  it('says that the secret is being deleted', async () => {
    create('v1', '{}')
    cloud.emulator.world.secrets.delete(LOCAL_ACCOUNT_ID, SECRET, 30)
    const error = await run(failureOf(store.load()))
    expect(error).toMatchObject({ code: 'deletionWindow', retryable: false })
    expect(String(error)).toContain('RestoreSecret')
  })

  it('does not take a missing encryption key for a missing secret', async () => {
    create('v1', '{}')
    cloud.emulator.faults.add({
      kind: 'error',
      action: 'GetSecretValue',
      status: 403,
      code: 'Forbidden.KeyNotFound',
    })
    await expect(run(store.load())).rejects.toMatchObject({
      code: 'notFound',
      vendorCode: 'Forbidden.KeyNotFound',
    })
  })

  it.each(['throttle', 'error', 'html', 'empty', 'reset', 'drop', 'dropAfter'] as const)(
    'survives two faults of the kind %s',
    async (kind) => {
      const saved = await run(saveNext())
      for (const action of ['ListSecretVersionIds', 'GetSecretValue']) {
        cloud.emulator.faults.add({ kind, action, times: 2 })
      }
      await expect(run(store.load())).resolves.toMatchObject({ keyset: saved.keyset })
      expect(usage().throttled).toBe(kind === 'throttle' ? 4 : 0)
    },
  )

  it('gives up in the end', async () => {
    cloud.emulator.faults.add({ kind: 'error', times: 'always' })
    const before = cloud.clock.now()
    await expect(run(store.load())).rejects.toMatchObject({
      code: 'unavailable',
      vendorCode: 'InternalError',
    })
    expect(cloud.clock.now() - before).toBeLessThan(60_000)
  })
})

describe('save', () => {
  it('creates the secret with the first document', async () => {
    const saved = await run(saveNext())
    expect(versions()).toEqual(['keyset-00000001'])
    expect(holder('ACSCurrent')).toBe('keyset-00000001')
    await expect(run(store.load())).resolves.toMatchObject({ keyset: saved.keyset, currentIsBehind: null })
  })

  it('creates it with the configured key and instance', async () => {
    await cloud.emulator.close()
    cloud = await startCloud()
    const alibaba = createAlibaba({
      config: { ...configFor(cloud.emulator.url), kms: { keyId: 'key-1', instanceId: 'kst-1' } },
      credentials: fixedCredentials(LOCAL_PAIR),
      clock: cloud.clock,
      random: () => 0.5,
    })
    const { keysets } = await alibaba.open(GROUP)
    const base = await run(keysets.load())
    await run(keysets.save(following(base), base))
    expect(cloud.emulator.world.secrets.find(SECRET)).toMatchObject({
      encryptionKeyId: 'key-1',
      instanceId: 'kst-1',
    })
  })

  it('puts the first document into a secret that is empty', async () => {
    create('v1', '{}')
    await run(saveNext())
    expect(versions()).toEqual(['v1', 'keyset-00000001'])
    expect(usage().calls).not.toHaveProperty('CreateSecret')
  })

  it('stores revision after revision, past the ten versions that KMS keeps', async () => {
    for (let revision = 1; revision <= 25; revision++) {
      const saved = await run(saveNext())
      expect(saved.keyset?.revision).toBe(revision)
      expect(holder('ACSCurrent')).toBe(`keyset-${String(revision).padStart(8, '0')}`)
    }
    expect(versions()).toHaveLength(10)
  })

  it('loses against whoever stored that revision first', async () => {
    const base = await run(saveNext())
    const theirs = following(base)
    put('keyset-00000002', serializeKeyset(theirs))
    await expect(run(store.save(following(base), base))).rejects.toMatchObject({
      code: 'conflict',
      retryable: false,
    })
    await expect(run(store.load())).resolves.toMatchObject({ keyset: theirs })
  })

  it.each([
    [409, 'Rejected.ResourceExist'],
    [400, 'InvalidParameter'],
    [403, 'Forbidden.VersionExists'],
    [500, 'InternalError'],
  ])('decides by reading back, also where KMS refuses with %i %s', async (status, code) => {
    await cloud.emulator.close()
    cloud = await startCloud({ assumptions: { versionConflict: { status, code } } })
    store = (await cloud.alibaba.open(GROUP)).keysets
    const base = await run(saveNext())
    put('keyset-00000002', serializeKeyset(following(base)))
    await expect(run(store.save(following(base), base))).rejects.toMatchObject({ code: 'conflict' })
  })

  it('lets one of many win, and the others know', async () => {
    const base = await run(saveNext())
    const outcomes = await run(
      Promise.allSettled(Array.from({ length: 5 }, () => store.save(following(base), base))),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
    }
  })

  it('lets one of many create the secret', async () => {
    const base = await run(store.load())
    const outcomes = await run(
      Promise.allSettled(Array.from({ length: 5 }, () => store.save(following(base), base))),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
    }
    expect(versions()).toEqual(['keyset-00000001'])
  })

  it.each(['PutSecretValue', 'CreateSecret'])('clears up a lost answer of %s', async (action) => {
    if (action === 'PutSecretValue') await run(saveNext())
    for (const kind of ['dropAfter', 'reset', 'html', 'throttle'] as const)
      cloud.emulator.faults.add({ kind, action })
    const saved = await run(saveNext())
    await expect(run(store.load())).resolves.toMatchObject({ keyset: saved.keyset })
  })

  it.each(['PutSecretValue', 'CreateSecret'])(
    'finds its document when no answer of %s ever comes',
    async (action) => {
      if (action === 'PutSecretValue') await run(saveNext())
      const base = await run(store.load())
      const next = following(base)
      cloud.emulator.faults.add({ kind: 'dropAfter', action, times: 'always' })
      await expect(run(store.save(next, base))).resolves.toMatchObject({ keyset: next })
    },
  )

  it('says what is wrong when nothing was stored', async () => {
    const base = await run(saveNext())
    cloud.emulator.faults.add({
      kind: 'error',
      action: 'PutSecretValue',
      status: 403,
      code: 'Forbidden.NoPermission',
    })
    const error = await run(failureOf(store.save(following(base), base)))
    expect(error).toMatchObject({ code: 'denied' })
    expect(String(error)).toContain('kms:PutSecretValue')
  })

  it('notices a later revision, although its own was stored', async () => {
    const base = await run(saveNext())
    const next = following(base)
    afterNext('PutSecretValue', () => {
      put('keyset-00000003', serializeKeyset(following({ ...base, keyset: next })))
    })
    await expect(run(store.save(next, base))).rejects.toMatchObject({ code: 'conflict' })
  })

  it('waits until the list shows it', async () => {
    const base = await run(saveNext())
    const next = following(base)
    const secret = cloud.emulator.world.secrets.find(SECRET)
    const shown = [...(secret?.versions ?? [])]
    let hidden: typeof shown = []
    afterNext('PutSecretValue', () => {
      if (!secret) return
      hidden = secret.versions
      secret.versions = shown
      void cloud.clock.sleep(1_200).then(() => (secret.versions = hidden))
    })
    await expect(run(store.save(next, base))).resolves.toMatchObject({ keyset: next, currentIsBehind: null })
  })

  it('does not wait for ever', async () => {
    const base = await run(saveNext())
    const secret = cloud.emulator.world.secrets.find(SECRET)
    afterNext('PutSecretValue', () => {
      if (secret) secret.versions = secret.versions.filter(({ id }) => id === 'keyset-00000001')
    })
    await expect(run(store.save(following(base), base))).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
  })

  it('loads again before it saves on a load of more than ten minutes ago', async () => {
    // By now KMS has dropped the version that this save would have to collide with.
    const base = await run(saveNext())
    const stale = following(base)
    for (let n = 0; n < 12; n++) await run(saveNext())
    expect(versions()).not.toContain('keyset-00000002')
    await cloud.clock.advance(10 * 60_000 + 1)
    const before = usage().calls['PutSecretValue']
    await expect(run(store.save(stale, base))).rejects.toMatchObject({ code: 'conflict' })
    expect(usage().calls['PutSecretValue']).toBe(before)
    await expect(run(store.load())).resolves.toMatchObject({
      keyset: { revision: 13 },
      currentIsBehind: null,
    })
  })

  it('saves on an old load when nothing changed', async () => {
    const base = await run(saveNext())
    await cloud.clock.advance(3_600_000)
    await expect(run(store.save(following(base), base))).resolves.toMatchObject({ keyset: { revision: 2 } })
  })

  it('notices another lineage under the same revision', async () => {
    const base = await run(saveNext())
    await cloud.clock.advance(3_600_000)
    cloud.emulator.world.secrets.delete(LOCAL_ACCOUNT_ID, SECRET, null)
    const other = following({ ...base, keyset: null })
    create('keyset-00000001', serializeKeyset({ ...other, lineage: '999999999999' }))
    await expect(run(store.save(following(base), base))).rejects.toMatchObject({ code: 'conflict' })
  })

  it('says that the secret is gone', async () => {
    const base = await run(saveNext())
    cloud.emulator.world.secrets.delete(LOCAL_ACCOUNT_ID, SECRET, null)
    await expect(run(store.save(following(base), base))).rejects.toMatchObject({ code: 'notFound' })
    expect(cloud.emulator.world.secrets.find(SECRET)).toBeUndefined()
  })

  it('says that the secret is being deleted', async () => {
    const base = await run(saveNext())
    cloud.emulator.world.secrets.delete(LOCAL_ACCOUNT_ID, SECRET, 30)
    await expect(run(store.save(following(base), base))).rejects.toMatchObject({ code: 'deletionWindow' })
  })

  it('refuses a document that is too large before any call', async () => {
    const base = await run(saveNext())
    const keyset = following(base)
    const calls = usage().calls
    const large = { ...keyset, extra: { note: 'x'.repeat(31_000) } }
    await expect(run(store.save(large, base))).rejects.toMatchObject({ code: 'keysetFull' })
    expect(usage().calls).toEqual(calls)
  })

  it('refuses a revision that does not follow', async () => {
    const base = await run(saveNext())
    const next = { ...following(base), revision: 7 }
    await expect(run(store.save(next, base))).rejects.toBeInstanceOf(TypeError)
  })

  it('gives what it returns the time of its last look', async () => {
    const base = await run(saveNext())
    await cloud.clock.advance(60_000)
    const saved = await run(store.save(following(base), base))
    expect(cloud.clock.now() - saved.loadedAt).toBeLessThan(1_000)
    await expect(run(store.save(following(saved), saved))).resolves.toMatchObject({ keyset: { revision: 3 } })
  })
})

describe('moving ACSCurrent forward', () => {
  const moveBack = (): void => {
    cloud.emulator.world.secrets.updateStage(LOCAL_ACCOUNT_ID, SECRET, 'ACSCurrent', 'keyset-00000001', null)
  }

  it('points it at the highest revision', async () => {
    await run(saveNext())
    await run(saveNext())
    moveBack()
    const base = await run(store.load())
    await run(store.moveCurrentForward(base))
    expect(holder('ACSCurrent')).toBe('keyset-00000002')
    await expect(run(store.load())).resolves.toMatchObject({ currentIsBehind: null })
  })

  it('never moves it back behind a save of another run', async () => {
    await run(saveNext())
    await run(saveNext())
    moveBack()
    const base = await run(store.load())
    beforeNext('UpdateSecretVersionStage', () => {
      put('keyset-00000003', serializeKeyset(following(base)))
    })
    await run(store.moveCurrentForward(base))
    expect(holder('ACSCurrent')).toBe('keyset-00000003')
  })

  it('does nothing where all is well', async () => {
    const base = await run(saveNext())
    await run(store.moveCurrentForward(base))
    expect(usage().calls).not.toHaveProperty('UpdateSecretVersionStage')
  })

  it('says why it could not', async () => {
    await run(saveNext())
    await run(saveNext())
    moveBack()
    const base = await run(store.load())
    cloud.emulator.faults.add({
      kind: 'error',
      action: 'UpdateSecretVersionStage',
      status: 403,
      code: 'Forbidden.NoPermission',
      times: 'always',
    })
    const error = await run(failureOf(store.moveCurrentForward(base)))
    expect(error).toMatchObject({ code: 'denied' })
    expect(String(error)).toContain('kms:UpdateSecretVersionStage')
  })
})
