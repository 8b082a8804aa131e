import { englishPage } from '../../lib/cli/page/page-texts.ts'
import type { PageOptions } from '../../lib/cli/page/page-options.ts'
import type { Asked } from '../../lib/cli/next/asked.ts'
import type { GroupReport, KeyReport, Report } from '../../lib/rotation/report/report.ts'

export const NOW = '2026-11-24T08:00:00.000Z'

export const OPTIONS: PageOptions = { texts: englishPage, timeZone: 'UTC', live: false }

export const ASKED: Asked = { action: 'status', place: [], groups: [] }

/** An ISO time, so many seconds before the page was made. */
export function ago(seconds: number): string {
  return new Date(Date.parse(NOW) - seconds * 1_000).toISOString()
}

export function keyReport(changes: Partial<KeyReport> = {}): KeyReport {
  return {
    kid: 'aaaaaaaaaaaa',
    state: 'current',
    times: { createdAt: ago(7_200), stagedAt: ago(7_200), appliedAt: ago(7_100) },
    age: 7_100,
    runningStreams: 0,
    domains: 3,
    ...changes,
  }
}

export function groupReport(changes: Partial<GroupReport> = {}): GroupReport {
  return {
    group: 'default',
    outcome: 'reported',
    did: 'nothing',
    phase: 'idle',
    revision: 3,
    kid: 'aaaaaaaaaaaa',
    waitingUntil: null,
    domains: { total: 3, set: 0, unchanged: 3, confirmed: 3, failed: [] },
    keys: [keyReport()],
    calls: {},
    throttled: 0,
    warnings: [],
    ...changes,
  }
}

export function reportOf(...groups: GroupReport[]): Report {
  return { version: 1, ok: true, action: 'status', startedAt: NOW, finishedAt: NOW, groups }
}

const receiver = { accepted: true, expected: 2, revision: 3 }
const instance = { lineage: '5b0c2f9e41d7', seenAt: ago(30) }

/** In the middle of an emergency: one of four instances still trusts the leaked key. */
export const EMERGENCY = groupReport({
  phase: 'applying',
  kid: 'bbbbbbbbbbbb',
  waitingUntil: ago(-40),
  domains: { total: 3, set: 1, unchanged: 0, confirmed: 1, failed: [] },
  keys: [
    keyReport({
      kid: 'bbbbbbbbbbbb',
      state: 'pending',
      times: { createdAt: ago(40), stagedAt: ago(40) },
      domains: 1,
    }),
    keyReport({
      state: 'compromised',
      times: { createdAt: ago(7_200), stagedAt: ago(7_200), appliedAt: ago(7_100), compromisedAt: ago(40) },
      untrustedFrom: ago(-20),
      onRunningStreams: 'quarantine',
      runningStreams: 5,
      streamDomains: ['live1.example.com'],
      oldestStreamSince: ago(5_000),
      domains: 2,
    }),
  ],
  receivers: [
    {
      ...receiver,
      url: 'https://hooks-a.example.com/live/snapshot',
      instances: [
        { ...instance, id: 'instance-a1', revision: 3 },
        { ...instance, id: 'instance-a2', revision: 2 },
      ],
      trusting: ['instance-a2'],
    },
    {
      ...receiver,
      url: 'https://hooks-b.example.com/live/snapshot',
      instances: [
        { ...instance, id: 'instance-b1', revision: 3 },
        { ...instance, id: 'instance-b2', revision: 3 },
      ],
    },
  ],
})

/** Everything that a page can show, and as much of it as there may be. */
export const FULL = groupReport({
  group: 'everything',
  phase: 'draining',
  domains: {
    total: 300,
    set: 0,
    unchanged: 298,
    confirmed: 298,
    failed: Array.from({ length: 40 }, (_, index) => ({
      domain: `a-rather-long-name-of-a-domain-${index}.live.customers.example.com`,
      code: 'denied',
      message: 'live:DescribeLiveSnapshotNotifyConfig is not allowed for this role',
    })),
  },
  keys: Array.from({ length: 30 }, (_, index) =>
    keyReport({
      kid: index.toString(16).padStart(12, '0'),
      state: index === 0 ? 'current' : 'previous',
      times: {
        createdAt: ago(86_400 * (index + 1)),
        stagedAt: ago(86_400 * (index + 1)),
        appliedAt: ago(86_400 * (index + 1) - 75),
        ...(index > 0 && { clearedAt: ago(86_400 * index) }),
      },
      age: 86_400 * (index + 1),
      runningStreams: index % 3 === 0 ? null : index,
      streamDomains: ['live1.example.com', 'live2.example.com'],
      oldestStreamSince: ago(86_400 * index + 60),
    }),
  ),
  receivers: Array.from({ length: 8 }, (_, index) => ({
    ...receiver,
    accepted: index !== 3,
    url: `https://a-receiver-with-a-long-name-${index}.callbacks.customers.example.com/live/snapshot/of/this/group`,
    instances: Array.from({ length: index % 4 }, (__, at) => ({
      ...instance,
      id: `c-673f4c2e-7c1f0a9be7d14f6fa1${index}${at}`,
      revision: 3,
    })),
  })),
  warnings: ['live7.example.com: not on the current key, or authentication is off'],
})
