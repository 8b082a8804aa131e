import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import { startReceivers, type Receivers } from '../../lib/cli/demo/receivers.ts'
import { parseEvent } from '../../lib/config/event.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/index.ts'
import { ioFor, type Outcome } from '../cli/support.ts'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/emergency.md'), 'utf8')
const SECRET = 'live/snapshot-callback/default'

/** The commands of the page in their order, as a shell takes them apart. */
const commands = Array.from(page.matchAll(/^ *npx live-key-rotator (.+)$/gm), ([, line = '']) =>
  Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? ''),
)
const events = Array.from(page.matchAll(/```json\n(.+)\n```/g), ([, text = '']) => text)

let cloud: Emulator
let receivers: Receivers
let folder: string

beforeAll(async () => {
  cloud = await startEmulator({ domains: 4, streams: 8 })
  receivers = await startReceivers({
    count: 2,
    secret: SECRET,
    region: 'cn-shanghai',
    kms: cloud.url,
    clock: systemClock,
    random: Math.random,
  })
  folder = mkdtempSync(join(tmpdir(), 'emergency-page-'))
  writeFileSync(
    join(folder, 'rotation.yaml'),
    `
region: cn-shanghai
ttl: 1s
propagation: { margin: 0s }
overlap: { clockSkew: 1s }
groups:
  - name: default
    secret: ${SECRET}
    discover: { suffix: .example.com }
    probes: ${JSON.stringify(receivers.urls)}
`,
  )
  cloud.functions.deploy({
    name: 'live-key-rotator',
    codeDir: join(ROOT, 'dist/functions/rotate'),
    timeout: 600,
    memorySize: 256,
    env: (url) => ({
      ROTATOR_CONFIG: join(folder, 'rotation.yaml'),
      ROTATOR_LIVE_ENDPOINT: url,
      ROTATOR_KMS_ENDPOINT: url,
    }),
  })
  await run(['rotate'])
})
afterAll(async () => {
  receivers.close()
  await cloud.close()
  rmSync(folder, { recursive: true, force: true })
})

async function run(args: readonly string[]): Promise<Outcome> {
  const io = ioFor(systemClock)
  const code = await runCli(args, {
    io: {
      ...io,
      env: {
        ...io.env,
        ROTATOR_CONFIG: join(folder, 'rotation.yaml'),
        ROTATOR_LIVE_ENDPOINT: cloud.url,
        ROTATOR_KMS_ENDPOINT: cloud.url,
        ROTATOR_FC_ENDPOINT: cloud.url,
      },
    },
    version: '1.2.3',
    services: () => Promise.resolve(cloudServices),
  })
  return { code, out: io.stdout.text, err: io.stderr.text }
}

const domainKids = () => new Set([...cloud.world.domains.values()].map(({ auth }) => auth?.key.kid))

describe('docs/emergency.md', () => {
  it('has the command first, and little before it', () => {
    expect(commands[0]).toEqual(['invoke', '--emergency', '--reason', 'key seen in a public repository'])
    expect(page.indexOf('npx live-key-rotator')).toBeLessThan(300)
  })

  it('works word for word, typed from top to bottom', { tags: 'slow' }, async () => {
    const leaked = domainKids()
    const statuses: string[] = []
    for (const args of commands) {
      const { code, out, err } = await run(args)
      expect([args.join(' '), code, code === 0 ? '' : out + err]).toEqual([args.join(' '), 0, ''])
      if (args[0] === 'status') statuses.push(out)
      if (args[0] === 'invoke') expect(out).toContain('cut off: saved after ')
      if (args[0] === 'probe') {
        expect(out).toMatch(/ accepts key [0-9a-f]{12} \(current\)/)
        expect(out).not.toContain('behind')
      }
    }
    expect(statuses[0]).toContain('no receiver that reads the keyset has trusted a leaked key since')
    for (const kid of leaked) expect(domainKids()).not.toContain(kid)
  })

  it('has an event for the console that starts the same emergency', () => {
    expect(events).toHaveLength(1)
    expect(parseEvent(Buffer.from(events[0] ?? ''))).toMatchObject({
      action: 'rotate',
      group: null,
      emergency: true,
      onRunningStreams: 'quarantine',
      leaked: [],
      reason: 'key seen in a public repository',
    })
  })

  it('is the first thing that the README links to', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    expect(/\]\(([^)]+)\)/.exec(readme)?.[1]).toBe('docs/emergency.md')
  })
})
