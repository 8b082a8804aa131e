import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_ASSUMPTIONS, type Assumptions } from '../../lib/emulator/assumptions.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import { inKmsWords } from '../../lib/emulator/kms/errors.ts'
import { Secrets } from '../../lib/emulator/world/secrets.ts'
import { TestClock } from '../support/clock.ts'
import { openApiCore, refusal, type Fields } from './sdks.ts'

const NAME = 'live/snapshot-callback/default'
const DAY = 86_400_000

/** The world's secrets, with what they refuse in the words of KMS. */
class KmsSecrets extends Secrets {
  readonly #assumptions: Assumptions

  constructor(assumptions: Assumptions) {
    super(assumptions, () => 0)
    this.#assumptions = assumptions
  }

  override put(...version: Parameters<Secrets['put']>): ReturnType<Secrets['put']> {
    return inKmsWords(() => super.put(...version), this.#assumptions)
  }

  override updateStage(...move: Parameters<Secrets['updateStage']>): void {
    inKmsWords(() => {
      super.updateStage(...move)
    }, this.#assumptions)
  }
}

function secretsWith(assumptions: Partial<Assumptions> = {}): Secrets {
  const secrets = new KmsSecrets({ ...DEFAULT_ASSUMPTIONS, ...assumptions })
  secrets.create('1', NAME, { versionId: 'v1', data: 'data 1' })
  return secrets
}

function stagesOf(secrets: Secrets): Record<string, string[]> {
  return Object.fromEntries(secrets.get('1', NAME).versions.map(({ id, stages }) => [id, [...stages]]))
}

function put(
  secrets: Secrets,
  version: string,
  stages: string[] | null = null,
  data = `data ${version}`,
): void {
  secrets.put('1', NAME, { versionId: version, data }, stages)
}

describe('versions', () => {
  it('are written once: an identical repeat is ignored, another value refused', () => {
    const secrets = secretsWith()
    put(secrets, 'v2')
    put(secrets, 'v3')
    put(secrets, 'v2', ['ACSCurrent'])
    expect(stagesOf(secrets)).toEqual({ v1: [], v2: ['ACSPrevious'], v3: ['ACSCurrent'] })
    expect(() => {
      put(secrets, 'v2', null, 'other')
    }).toThrow(expect.objectContaining({ code: 'Rejected.ResourceExist', status: 409 }))
    const strange = secretsWith({ versionConflict: { status: 400, code: 'Rejected.VersionExist' } })
    expect(() => {
      put(strange, 'v1', null, 'other')
    }).toThrow(expect.objectContaining({ code: 'Rejected.VersionExist', status: 400 }))
  })

  it('are at most ten: the earliest without a stage is dropped', () => {
    const secrets = secretsWith()
    put(secrets, 'pinned', ['Pinned'])
    for (let i = 2; i <= 12; i++) put(secrets, `v${i}`)
    const ids = Object.keys(stagesOf(secrets))
    expect(ids).toEqual(['pinned', 'v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'v10', 'v11', 'v12'])
    expect(stagesOf(secrets)).toMatchObject({ pinned: ['Pinned'], v11: ['ACSPrevious'], v12: ['ACSCurrent'] })
    // A version that is gone can be written again, with any value.
    put(secrets, 'v1', null, 'new')
  })

  it('are dropped by age alone under that assumption', () => {
    const secrets = secretsWith({ evicts: 'oldest' })
    put(secrets, 'pinned', ['Pinned'])
    for (let i = 2; i <= 12; i++) put(secrets, `v${i}`)
    expect(Object.keys(stagesOf(secrets))[0]).toBe('v3')
  })

  it('never share a stage or lose ACSCurrent', () => {
    const move = fc.record({
      version: fc.integer({ min: 1, max: 14 }).map((n) => `v${n}`),
      stages: fc.option(fc.subarray(['ACSCurrent', 'A', 'B'], { minLength: 1 })),
      kind: fc.constantFrom('put', 'put', 'move', 'remove'),
      stage: fc.constantFrom('ACSCurrent', 'ACSPrevious', 'A'),
    })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), fc.boolean(), (moves, movingCurrentMovesPrevious) => {
        const secrets = secretsWith({ movingCurrentMovesPrevious })
        for (const { kind, version, stages, stage } of moves) {
          try {
            if (kind === 'put') put(secrets, version, stages)
            else if (kind === 'move') secrets.updateStage('1', NAME, stage, version, null)
            else secrets.updateStage('1', NAME, 'A', null, version)
          } catch (error) {
            expect(error).toMatchObject({ name: 'ApiError' })
          }
          const all = Object.values(stagesOf(secrets)).flat()
          expect(new Set(all).size).toBe(all.length)
          expect(all).toContain('ACSCurrent')
          expect(Object.keys(stagesOf(secrets)).length).toBeLessThanOrEqual(10)
        }
      }),
    )
  })
})

describe('stages', () => {
  it('move by default, or exactly as named', () => {
    const secrets = secretsWith()
    put(secrets, 'v2', ['ACSPending'])
    expect(stagesOf(secrets)).toEqual({ v1: ['ACSCurrent'], v2: ['ACSPending'] })
    put(secrets, 'v3')
    expect(stagesOf(secrets)).toEqual({ v1: ['ACSPrevious'], v2: ['ACSPending'], v3: ['ACSCurrent'] })
  })

  it.each([
    [false, { v1: ['ACSPrevious'], v2: ['ACSCurrent'], v3: [] }],
    [true, { v1: [], v2: ['ACSCurrent'], v3: ['ACSPrevious'] }],
  ])('move ACSPrevious along with ACSCurrent: %s', (movingCurrentMovesPrevious, expected) => {
    const secrets = secretsWith({ movingCurrentMovesPrevious })
    put(secrets, 'v2', ['Next'])
    put(secrets, 'v3')
    secrets.updateStage('1', NAME, 'Next', null, 'v2')
    secrets.updateStage('1', NAME, 'ACSCurrent', 'v2', null)
    expect(stagesOf(secrets)).toEqual(expected)
  })

  it('move from one version to another only if both exist', () => {
    const secrets = secretsWith()
    put(secrets, 'v2')
    expect(() => {
      secrets.updateStage('1', NAME, 'ACSCurrent', 'v1', 'v1')
    }).toThrow(expect.objectContaining({ code: 'InvalidParameter' }))
    secrets.updateStage('1', NAME, 'ACSCurrent', 'v1', 'v2')
    expect(stagesOf(secrets)['v1']).toContain('ACSCurrent')
    expect(() => {
      secrets.updateStage('1', NAME, 'ACSCurrent', null, 'v1')
    }).toThrow(expect.objectContaining({ code: 'InvalidParameter' }))
    expect(() => {
      secrets.updateStage('1', NAME, 'ACSCurrent', 'v9', null)
    }).toThrow(expect.objectContaining({ code: 'Forbidden.ResourceNotFound', status: 404 }))
  })

  it('are at most eight, including the built-in ones', () => {
    const secrets = secretsWith()
    put(secrets, 'v2')
    put(secrets, 'v3', ['1', '2', '3', '4', '5', '6'])
    expect(() => {
      put(secrets, 'v4', ['7'])
    }).toThrow(expect.objectContaining({ code: 'Rejected.LimitExceeded' }))
    put(secrets, 'v4', ['6'])
  })
})

describe('over the wire', () => {
  let emulator: Emulator
  let clock: TestClock
  let call: (action: string, params?: Fields) => Promise<Fields>
  beforeEach(async () => {
    clock = new TestClock()
    emulator = await startEmulator({ clock })
    call = openApiCore(emulator.endpoint)
    await call('CreateSecret', { SecretName: NAME, VersionId: 'v1', SecretData: '{}', Description: 'keys' })
  })
  afterEach(() => emulator.close())

  it('lists versions page by page, those without a stage only on request', async () => {
    for (let i = 2; i <= 5; i++) {
      await call('PutSecretValue', { SecretName: NAME, VersionId: `v${i}`, SecretData: String(i) })
    }
    expect(await call('ListSecretVersionIds', { SecretName: NAME })).toMatchObject({
      TotalCount: 2,
      PageNumber: 1,
      PageSize: 10,
      VersionIds: {
        VersionId: [
          { VersionId: 'v4', VersionStages: { VersionStage: ['ACSPrevious'] } },
          { VersionId: 'v5', VersionStages: { VersionStage: ['ACSCurrent'] } },
        ],
      },
    })
    const page = await call('ListSecretVersionIds', {
      SecretName: NAME,
      IncludeDeprecated: 'true',
      PageNumber: 2,
      PageSize: 3,
    })
    expect(page).toMatchObject({
      TotalCount: 5,
      VersionIds: { VersionId: [{ VersionId: 'v4' }, { VersionId: 'v5' }] },
    })
  })

  it('reads VersionStages as a JSON array in a string, and treats anything else as none', async () => {
    const put = (VersionId: string, VersionStages: string) =>
      call('PutSecretValue', { SecretName: NAME, VersionId, SecretData: VersionId, VersionStages })
    expect(await put('v2', '["ACSPending","X"]')).toMatchObject({
      VersionStages: { VersionStage: ['ACSPending', 'X'] },
    })
    expect(await put('v3', 'ACSPending')).toMatchObject({ VersionStages: { VersionStage: ['ACSCurrent'] } })
  })

  it('reads by version, by stage or by both', async () => {
    await call('PutSecretValue', { SecretName: NAME, VersionId: 'v2', SecretData: 'two' })
    const get = (params: Fields) => call('GetSecretValue', { SecretName: NAME, ...params })
    expect(await get({})).toMatchObject({ SecretData: 'two' })
    expect(await get({ VersionStage: 'ACSPrevious' })).toMatchObject({ VersionId: 'v1' })
    expect(await get({ VersionId: 'v1' })).toMatchObject({ SecretData: '{}' })
    for (const wrong of [
      { VersionId: 'v9' },
      { VersionStage: 'None' },
      { VersionId: 'v1', VersionStage: 'ACSCurrent' },
    ]) {
      expect(await refusal(get(wrong))).toEqual({ code: 'Forbidden.ResourceNotFound', status: 404 })
    }
  })

  it.each<[string, string, Fields]>([
    ['MissingSecretName', 'GetSecretValue', {}],
    ['MissingSecretData', 'PutSecretValue', { SecretName: NAME, VersionId: 'v2' }],
    [
      'InvalidParameter',
      'PutSecretValue',
      { SecretName: NAME, VersionId: 'v2', SecretData: 'x'.repeat(30_721) },
    ],
    ['InvalidParameter', 'PutSecretValue', { SecretName: NAME, VersionId: 'v'.repeat(65), SecretData: 'x' }],
    ['InvalidParameter', 'CreateSecret', { SecretName: 'acs/x', VersionId: 'v2', SecretData: 'x' }],
    ['InvalidParameter', 'CreateSecret', { SecretName: 'no spaces', VersionId: 'v2', SecretData: 'x' }],
    ['Rejected.ResourceExist', 'CreateSecret', { SecretName: NAME, VersionId: 'v2', SecretData: 'x' }],
    ['Rejected.ResourceInUse', 'RestoreSecret', { SecretName: NAME }],
    ['InvalidParameter', 'DeleteSecret', { SecretName: NAME, RecoveryWindowInDays: 6 }],
    [
      'InvalidParameter',
      'DeleteSecret',
      { SecretName: NAME, RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: 'true' },
    ],
  ])('answers %s to a wrong %s', async (code, action, params) => {
    expect((await refusal(openApiCore(emulator.endpoint)(action, params, { in: 'body' }))).code).toBe(code)
  })

  it('accepts 30,720 bytes, and counts bytes', async () => {
    const put = (VersionId: string, SecretData: string) =>
      openApiCore(emulator.endpoint)(
        'PutSecretValue',
        { SecretName: NAME, VersionId, SecretData },
        { in: 'body' },
      )
    await put('v2', 'x'.repeat(30_720))
    expect((await refusal(put('v3', '\u00e9'.repeat(15_361)))).code).toBe('InvalidParameter')
  })

  it('reserves a deleted name for its window and lets it be restored', async () => {
    const deleted = await call('DeleteSecret', { SecretName: NAME, RecoveryWindowInDays: 7 })
    expect(deleted['PlannedDeleteTime']).toBe('2026-12-01T08:00:00Z')
    const inWindow = { code: 'Rejected.ResourceInDeleteWindow', status: 409 }
    const again = { SecretName: NAME, VersionId: 'v1', SecretData: '{}' }
    expect(await refusal(call('CreateSecret', again))).toEqual(inWindow)
    expect(await refusal(call('GetSecretValue', { SecretName: NAME }))).toEqual(inWindow)
    expect(await call('DescribeSecret', { SecretName: NAME })).toMatchObject({ Description: 'keys' })
    await call('RestoreSecret', { SecretName: NAME })
    await call('GetSecretValue', { SecretName: NAME })
    await call('DeleteSecret', { SecretName: NAME, RecoveryWindowInDays: 7 })
    await clock.advance(7 * DAY)
    expect(await refusal(call('GetSecretValue', { SecretName: NAME }))).toMatchObject({ status: 404 })
    await call('CreateSecret', again)
    await call('DeleteSecret', { SecretName: NAME, ForceDeleteWithoutRecovery: 'true' })
    await call('CreateSecret', again)
  })

  it('prints no secret data', () => {
    const { secrets } = emulator.world
    secrets.put(secrets.all()[0]?.accountId ?? '', NAME, { versionId: 'v2', data: 'KEYMATERIAL' }, null)
    expect(JSON.stringify(secrets.all())).not.toContain('KEYMATERIAL')
    expect(String(secrets.get(secrets.all()[0]?.accountId ?? '', NAME).versions[1]?.data)).toBe(
      '[secret data]',
    )
  })
})
