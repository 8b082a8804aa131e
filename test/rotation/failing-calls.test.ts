import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import type { GroupPorts, LiveDomains } from '../../lib/rotation/ports.ts'
import { DAY, HOUR, MINUTE, type ModelProcess } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const
const STATUS = { action: 'status' } as const
const unavailable = new RotatorError('unavailable', 'no answer (request 1234)', { retryable: true })

let story: Story

beforeEach(() => {
  story = new Story()
  // A stream that is pushed within clockSkew of the switch could be on either key, and would keep both.
  story.cloud.pushAfterSet = false
})

/** A process whose calls of Live are changed by `change`. */
function processWith(change: (live: LiveDomains) => Partial<LiveDomains>): ModelProcess {
  const process = story.cloud.process()
  process.around = (ports): GroupPorts => ({ ...ports, live: { ...ports.live, ...change(ports.live) } })
  return process
}

describe('running streams that cannot be listed', () => {
  it('are reported with their domains, and what it means', async () => {
    await story.go()
    story.cloud.broken.set('live1.example.com', { streams: unavailable })
    story.cloud.broken.set('live3.example.com', { streams: unavailable })
    const { warnings } = await story.go(RECONCILE)
    expect(warnings).toEqual([
      expect.stringMatching(
        /live1\.example\.com, live3\.example\.com could not be listed.*no answer/,
      ) as string,
    ])
  })

  it('do not count if the domain is gone: it keeps no key', async () => {
    await story.go()
    await story.clock.advance(2 * MINUTE)
    story.pushAll()
    await story.clock.advance(HOUR)
    story.group = { ...story.group, apply: { tolerate: ['live1.example.com'] } }
    const gone = new RotatorError('notFound', 'domain live1.example.com does not exist')
    story.cloud.broken.set('live1.example.com', { query: gone, set: gone, streams: gone })
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled', warnings: [] })
    expect(story.states()).toEqual(['current'])
  })
})

describe('a stream that cannot be cut', () => {
  /** A process that cannot cut the streams of live2: how often it tried. */
  function failingCuts(error: RotatorError): { process: ModelProcess; tries: () => number } {
    let tries = 0
    const process = processWith((live) => ({
      interrupt: (stream, options) => {
        if (stream.domain !== 'live2.example.com') return live.interrupt(stream, options)
        tries++
        return Promise.reject(error)
      },
    }))
    return { process, tries: () => tries }
  }

  beforeEach(async () => {
    await story.go()
    await story.clock.advance(DAY)
    story.pushAll()
  })

  it('is tried once if it is denied, reported, and keeps the leaked key in the document', async () => {
    const leaked = story.newest('current').kid
    const denied = new RotatorError('denied', 'allow the RAM action live:ForbidLiveStream')
    const { process, tries } = failingCuts(denied)
    const report = await story.go({ emergency: true, onRunningStreams: 'interrupt' }, process)
    expect(tries()).toBe(1)
    expect(report).toMatchObject({
      outcome: 'incomplete',
      cutOff: { interrupted: 2 },
      error: { message: expect.stringContaining('live2.example.com/app/main') as string },
      causes: [{ code: 'streamsLeft', urgent: true }],
    })
    expect(report.warnings).toEqual([
      '1 stream could not be cut (live2.example.com/app/main): allow the RAM action live:ForbidLiveStream',
    ])
    expect(story.stateOf(leaked)).toBe('compromised')
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts()).toHaveLength(3)
    expect(story.states()).toEqual(['current'])
  })

  it('is tried a few times if that may help, and all such streams are reported together', async () => {
    for (let stream = 0; stream < 29; stream++) story.cloud.push('live2.example.com', `stream${stream}`)
    const { process, tries } = failingCuts(unavailable)
    const report = await story.go({ emergency: true, onRunningStreams: 'interrupt' }, process)
    expect(report).toMatchObject({ outcome: 'incomplete', cutOff: { interrupted: 2 } })
    expect(tries()).toBe(5 * 30)
    expect(process.log.filter(({ event }) => event === 'notInterrupted')).toHaveLength(tries())
    expect(report.warnings).toEqual([
      expect.stringMatching(
        /^30 streams could not be cut \((live2\.example\.com\/app\/\w+, ){19}.*and 10 more\): no answer/,
      ) as string,
    ])
  })

  it('is not reported if a later round cut it', async () => {
    let failed = 0
    const process = processWith((live) => ({
      interrupt: (stream, options) =>
        failed++ < 2 ? Promise.reject(unavailable) : live.interrupt(stream, options),
    }))
    const report = await story.go({ emergency: true, onRunningStreams: 'interrupt' }, process)
    expect(report).toMatchObject({ outcome: 'rotated', cutOff: { interrupted: 3 }, warnings: [] })
  })
})

describe('a fault of our own', () => {
  const fault = (): Promise<never> => Promise.reject(new TypeError('a text that nobody has checked'))

  it.each([
    ['set', {}],
    ['query', RECONCILE],
    ['streams', RECONCILE],
    ['interrupt', { emergency: true, onRunningStreams: 'interrupt' }],
    ['notifyConfig', STATUS],
    ['discover', RECONCILE],
  ] as const)('in %s fails the group, and is not treated as a fault of a domain', async (call, wanted) => {
    await story.go()
    await story.clock.advance(DAY)
    story.group = { ...story.group, discover: { suffix: '.example.com', exclude: [] } }
    const report = await story.go(
      wanted,
      processWith(() => ({ [call]: fault })),
    )
    const told = [report.error?.message, ...report.warnings].join()
    expect(['failed', 'incomplete']).toContain(report.outcome)
    expect(told).toContain('an unexpected TypeError')
    expect(told).not.toContain('nobody has checked')
    expect(report.domains.failed).toEqual([])
  })
})
