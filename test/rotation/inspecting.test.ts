import { beforeEach, describe, expect, it } from 'vitest'
import type { RotationRequest } from '../../lib/config/types.ts'
import type { CallOptions } from '../../lib/rotation/ports.ts'
import type { ModelProcess } from '../support/model-cloud.ts'
import { HOUR } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

// What a run that changes nothing asks, and whom.

const URL = 'https://hooks.example.com/live'
const STATUS = { action: 'status' } as const

let story: Story

beforeEach(async () => {
  story = new Story({ probes: [URL] })
  await story.go()
  await story.clock.advance(2 * HOUR)
})

describe('a receiver', () => {
  let asked: string[]

  /** The kids that the receiver is asked about in such a run. */
  async function askedBy(wanted: Partial<RotationRequest>): Promise<string[]> {
    asked = []
    const evidence = { instance: 'a'.repeat(12), lineage: 'abc', revision: 1 }
    story.cloud.probeAnswer = (_, { kid }) => {
      asked.push(kid)
      return { accepted: true, detail: 'it answered 204', status: 204, evidence }
    }
    await story.go(wanted)
    return asked
  }

  it('is asked once for the current key if the number of instances is not stated', async () => {
    expect(await askedBy(STATUS)).toEqual([story.newest('current').kid])
  })

  it('is asked until all instances have answered if it is stated', async () => {
    story.group = { ...story.group, instances: new Map([[URL, 1]]) }
    const { kid } = story.newest('current')
    expect(await askedBy(STATUS)).toEqual([kid, kid, kid])
  })

  it('is asked nothing by a plan', async () => {
    expect(await askedBy({ dryRun: true })).toEqual([])
  })

  it('is also asked for a leaked key while there is one', async () => {
    await story.go({ emergency: true, id: 'leak' })
    const [{ kid: fresh }, { kid: leaked }] = [story.newest('current'), story.newest('compromised')]
    const kids = await askedBy(STATUS)
    expect(kids.filter((kid) => kid === fresh)).toHaveLength(1)
    expect(kids.filter((kid) => kid === leaked)).toHaveLength(10)
    expect(kids).toHaveLength(11)
  })

  it('that trusts a leaked key is named', async () => {
    await story.go({ emergency: true, id: 'leak' })
    story.cloud.probeAnswer = () => ({ accepted: true, detail: 'it answered 204', status: 204 })
    const process = story.cloud.process()
    await story.go(STATUS, process)
    expect(process.log).toContainEqual(
      expect.objectContaining({
        event: 'warning',
        finding: { kind: 'receiverTrustsLeaked', url: URL, instances: [] },
      }),
    )
  })
})

describe('the calls of a status', () => {
  it('are made at the ordinary rate, none of them after its time', async () => {
    const options: [string, CallOptions | undefined][] = []
    const process: ModelProcess = story.cloud.process()
    process.deadline = story.clock.now() + HOUR
    process.around = ({ live, ...ports }) => ({
      ...ports,
      live: {
        ...live,
        query: (domain, given) => {
          options.push(['query', given])
          return live.query(domain, given)
        },
        streams: (domain, given) => {
          options.push(['streams', given])
          return live.streams(domain, given)
        },
        notifyConfig: (domain, given) => {
          options.push(['notifyConfig', given])
          return live.notifyConfig(domain, given)
        },
      },
    })
    story.group = { ...story.group, domains: ['live1.example.com'] }
    const { deadline } = process
    await story.go(STATUS, process)
    expect(options.sort(([a], [b]) => a.localeCompare(b))).toEqual([
      ['notifyConfig', { deadline }],
      ['query', { urgent: false, deadline }],
      ['streams', { deadline }],
    ])
  })
})
