import type { RotationRequest } from '../lib/config/types.ts'
import { Key } from '../lib/keyset/key.ts'
import { groupConfig, HOUR, MINUTE } from '../test/support/model-cloud.ts'
import { Story } from '../test/support/story.ts'

/** What happens beforehand, and the request whose runs crash. */
export interface CrashStory {
  readonly before: (story: Story) => Promise<void>
  readonly request: Partial<RotationRequest>
  /** Today's keys may be refused afterwards: an emergency distrusts them for good. */
  readonly rejects?: true
}

const DOMAINS = ['live1.example.com', 'live2.example.com']

export function beginStory(): Story {
  const story = new Story({ domains: DOMAINS, probes: ['https://hooks.example.com/'] })
  story.cloud.pushAfterSet = false
  return story
}

const settled = async (story: Story): Promise<void> => {
  await story.go({})
  await story.clock.advance(2 * HOUR)
  story.pushAll()
}

const rotating = async (story: Story): Promise<void> => {
  await settled(story)
  await story.go({ force: true }, story.cloud.process({ killAt: 10 }))
}

export const CRASH_STORIES: Readonly<Record<string, CrashStory>> = {
  'first rotation': { before: async () => undefined, request: { id: 'a' } },
  'scheduled rotation': { before: settled, request: { id: 'a' } },
  'emergency, quarantine': { before: settled, request: { emergency: true, id: 'a' } },
  'emergency, interrupt': {
    before: settled,
    request: { emergency: true, id: 'a', onRunningStreams: 'interrupt' },
  },
  'emergency, reject': {
    before: settled,
    request: { emergency: true, id: 'a', onRunningStreams: 'reject' },
    rejects: true,
  },
  'emergency during a rotation': { before: rotating, request: { emergency: true, id: 'a' } },
  rollback: {
    before: async (story) => {
      await settled(story)
      await story.go({ force: true })
    },
    request: { action: 'rollback', id: 'a' },
  },
  'rollback during a rotation': { before: rotating, request: { action: 'rollback', id: 'a' } },
  'reconcile that repairs drift': {
    before: async (story) => {
      await settled(story)
      story.cloud.domains.set('live2.example.com', { enabled: true, key: Key.generate() })
    },
    request: { action: 'reconcile' },
  },
  'adoption of a new domain': {
    before: async (story) => {
      await settled(story)
      story.cloud.domains.set('live3.example.com', { enabled: true, key: Key.generate() })
      story.group = groupConfig({ ...story.group, domains: [...DOMAINS, 'live3.example.com'] })
    },
    request: { action: 'reconcile' },
  },
  retirement: {
    before: async (story) => {
      await settled(story)
      await story.clock.advance(11 * MINUTE)
      story.pushAll()
      await story.clock.advance(11 * MINUTE)
    },
    request: { action: 'reconcile' },
  },
}
