import { afterEach, describe, expect, it } from 'vitest'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/local-account.ts'
import { revisionOf } from '../../lib/keyset/version-id.ts'
import { LocalCloud } from '../support/local-cloud.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'

let here: LocalCloud

afterEach(() => here.close())

describe('an emergency', () => {
  it('trusts no key of the document that it found, whatever used its id before, and says what a repeat did not do', async () => {
    here = await LocalCloud.start({ domains: 3, streams: 3 })
    await here.go({ id: 'x' })
    const before = here.keyset.keys.map(({ kid }) => kid)
    const report = await here.go({ emergency: true, id: 'x' })
    expect(report).toMatchObject({ outcome: 'rotated', did: 'staged' })
    const trusted = here.keyset.keys.filter(({ state }) => state !== 'compromised')
    expect(trusted.map(({ kid }) => kid)).toEqual([report.kid])
    expect(before).not.toContain(report.kid)

    const { revision } = here.keyset
    const again = await here.go({ emergency: true, id: 'x' })
    expect(again).toMatchObject({ did: 'nothing', kid: report.kid })
    expect(again.warnings[0]).toMatch(/took no trust away/)
    await here.clock.advance(DAY)
    await here.go({ id: 'monthly' })
    const late = await here.go({ emergency: true, id: 'x', force: true })
    expect(late).toMatchObject({ outcome: 'notDue', did: 'nothing' })
    expect(late.warnings[0]).toMatch(/was served at .* nothing was done now/)
    expect(here.keyset.revision).toBeGreaterThan(revision)
  })

  it.each([5_000, 30_000])(
    'that is saved is reported as saved, with its revision, even if the list of versions lags %i ms',
    async (versionListLagMs) => {
      here = await LocalCloud.start({ domains: 3, streams: 3, assumptions: { versionListLagMs } })
      await here.go()
      await here.clock.advance(DAY)
      const report = await here.go({ emergency: true, id: 'leak' })
      expect(['rotated', 'waiting']).toContain(report.outcome)
      expect(report).toMatchObject({ revision: here.keyset.revision, did: 'staged' })
      expect(here.kidsOnDomains()).toEqual([report.kid])
      expect(report.keys.filter(({ state }) => state === 'current').map(({ kid }) => kid)).toEqual([
        report.kid,
      ])
    },
  )
})

describe("a run's end, if the list of versions lags", () => {
  it.each([
    ['is put off until it shows the save, for one that waits without end', 5_000, Infinity, true],
    ['is not put off for minutes', 300_000, Infinity, false],
    ['is not put off for one that waits for a while only', 5_000, 5 * MINUTE, false],
  ])('%s', async (_, versionListLagMs, waitsMs, isShown) => {
    here = await LocalCloud.start({ domains: 3, assumptions: { versionListLagMs } })
    const waitUntil = here.clock.now() + waitsMs
    expect(await here.go({}, { waitUntil })).toMatchObject({ outcome: 'rotated' })
    const { secrets } = here.emulator.world
    const listed = secrets.listed(secrets.get(LOCAL_ACCOUNT_ID, here.group.secret))
    expect(listed.some(({ id }) => revisionOf(id) === here.keyset.revision)).toBe(isShown)
  })
})

describe('with clocks that are five minutes apart', () => {
  it.each([5 * MINUTE, -5 * MINUTE])(
    'nothing is retired or revoked by time (%i ms), the warning names the gap, and everything continues once they agree',
    async (offsetMs) => {
      here = await LocalCloud.start({ domains: 3, streams: 3 })
      const { emulator, clock } = here
      await here.go()
      await clock.advance(HOUR)
      for (const stream of emulator.world.streams.all()) emulator.world.streams.push(stream, clock.now())
      await clock.advance(DAY)
      emulator.clockOffsetMs = offsetMs
      const before = here.states()
      const report = await here.go({ action: 'reconcile' })
      expect(here.states()).toEqual(before)
      expect(report.warnings.join()).toMatch(/(5 min|300 s)/)

      await here.go({ emergency: true, id: 'leak', onRunningStreams: 'interrupt' })
      expect(emulator.calls.of('ForbidLiveStream')).toEqual([])
      expect(here.states()).toContain('compromised')

      emulator.clockOffsetMs = 0
      expect(await here.go({ action: 'reconcile' })).toMatchObject({ outcome: 'reconciled' })
      await clock.advance(HOUR)
      await here.go({ action: 'reconcile' })
      expect(here.states()).toEqual(['current'])
    },
  )
})
