import { COMMANDS } from '../../lib/cli/commands.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud } from '../support/model-cloud.ts'
import { CONFIG, contextOf, ioFor, tryCli } from './support.ts'

/** The domains of {@link CONFIG}. */
const DOMAINS = ['live1.example.com', 'live2.example.com', 'live3.example.com']

/** A configuration under which a rotation must wait. */
export const LONG_WAIT = CONFIG.replace('groups:', 'ttl: 10m\ngroups:')

/** What is typed to work on a cloud that has {@link lived}. */
export const COMMAND_LINES = [
  'rotate',
  'rotate --force',
  'rotate --emergency',
  'rotate --emergency --force --on-running-streams interrupt',
  'plan',
  'plan --emergency',
  'reconcile',
  'rollback',
  'status',
]

/** Every command, as the help lists it. */
export const COMMAND_NAMES = COMMANDS.map((make) =>
  make(
    () => ({}),
    contextOf(ioFor(new TestClock())),
    () => undefined,
  ).name(),
)

/** A cloud with some history: streams under old keys, a leaked key. */
export async function lived(): Promise<ModelCloud> {
  const cloud = new ModelCloud(new TestClock())
  cloud.pushAfterSet = false
  await tryCli(['rotate'], { cloud })
  for (const domain of DOMAINS) cloud.push(domain)
  await tryCli(['rotate', '--emergency', '--on-running-streams', 'quarantine'], { cloud })
  return cloud
}
