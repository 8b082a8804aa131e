import { expect, test } from 'vitest'
import { beforeRun, keysetChanges } from '../../lib/cli/commands/invoke/keyset-changes.ts'
import { watchKeysets } from '../../lib/cli/commands/invoke/watch.ts'
import { startProgress } from '../../lib/cli/progress/progress.ts'
import { parseConfig } from '../../lib/config/parse.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { Keyset } from '../../lib/keyset/keyset.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud } from '../support/model-cloud.ts'
import { CONFIG, contextOf, ioFor, servicesOf, tryCli } from './support.ts'

const config = parseConfig(CONFIG)
const [group] = config.groups

/** Runs `work`, as a function would elsewhere, while its keyset is watched; returns what was shown. */
async function watched(
  cloud: ModelCloud,
  clock: TestClock,
  runId: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const io = ioFor(clock)
  const progress = startProgress(io)
  const over = new AbortController()
  const context = contextOf(io, servicesOf(cloud))
  const watching = watchKeysets({ context, config, group: undefined, runId, progress, ended: over.signal })
  await work()
  await clock.advance(3_000)
  over.abort(new RotatorError('deadline', 'over'))
  progress.stop()
  await watching
  return io.stderr.text
    .trim()
    .split('\n')
    .map((line) => line.replace(/[0-9a-f]{12}/g, 'KID'))
}

test('shows what a run elsewhere does to the keyset: staged, the wait, promoted', async () => {
  const clock = new TestClock()
  const cloud = new ModelCloud(clock)
  await tryCli(['rotate'], { cloud })
  expect(
    await watched(cloud, clock, 'mine', () => tryCli(['rotate', '--force', '--id', 'mine'], { cloud })),
  ).toEqual([
    '✓ default: key KID is staged',
    expect.stringMatching(/^· default: waiting for receivers until 08:0\d:\d\d UTC, 1 min \d+ s$/),
    '✓ default: key KID is the current key',
  ])
})

test('shows that an emergency has cut off the leaked keys, even before the first look', async () => {
  const clock = new TestClock()
  const cloud = new ModelCloud(clock)
  await tryCli(['rotate'], { cloud })
  const shown = await watched(cloud, clock, 'mine', () =>
    tryCli(['rotate', '--emergency', '--id', 'mine'], { cloud }),
  )
  expect(shown.slice(0, 2)).toEqual([
    expect.stringMatching(
      /^✓ default: saved revision \d+: emergency: leaked keys are cut off, a fresh key is staged$/,
    ),
    '✓ default: key KID is staged',
  ])
  expect(shown.at(-1)).toBe('✓ default: key KID is the current key')
})

test('says once that it may not read the keyset, and does not fail', async () => {
  const clock = new TestClock()
  const io = ioFor(clock)
  const progress = startProgress(io)
  const over = new AbortController()
  const services = servicesOf(new ModelCloud(clock), {
    around: (ports) => ({
      ...ports,
      keysets: {
        ...ports.keysets,
        load: () => Promise.reject(new RotatorError('denied', 'kms:GetSecretValue')),
      },
    }),
  })
  await clock.run(
    watchKeysets({
      context: contextOf(io, services),
      config,
      group: undefined,
      runId: 'x',
      progress,
      ended: over.signal,
    }),
  )
  expect(io.stderr.text).toBe(
    '· the keyset cannot be read from here (denied), so nothing is shown before the function has ended\n',
  )
})

test('does not attribute earlier changes to the run', async () => {
  const cloud = new ModelCloud(new TestClock())
  await tryCli(['rotate', '--id', 'other'], { cloud })
  const keyset: Keyset | null = cloud.keyset
  if (keyset === null || group === undefined) throw new Error('no keyset')
  expect(keysetChanges(beforeRun(keyset, 'mine'), keyset, group, 0)).toEqual([])
  expect(keysetChanges(keyset, null, group, 0)).toEqual([])
})
