import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/index.ts'
import { folderWith, ioFor, type Outcome, type Written } from './support.ts'

let emulator: Emulator | undefined
afterEach(() => emulator?.close())

/** A terminal on which somebody types each answer as soon as its question stands there. */
async function typing(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin })
  const io = ioFor(systemClock, { terminal: true })
  // Like the stderr of a process, which nobody can end.
  io.stderr.end = () => io.stderr
  let isOver = false
  const typed = (async () => {
    for (const [question, answer] of answers) {
      await until(() => isOver || shown(io.stderr).includes(question))
      stdin.write(answer)
    }
  })()
  const code = await runCli(args, {
    io: { ...io, stdin, env },
    version: '1.2.3',
    services: () => Promise.resolve(cloudServices),
  })
  isOver = true
  await typed
  return { code, out: io.stdout.text, err: io.stderr.text }
}

function shown({ text }: Written): string {
  // eslint-disable-next-line no-control-regex -- what a terminal would not show
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('on a terminal', () => {
  it('kid hides the typed key, and prints only its kid', async () => {
    const { code, out, err } = await typing(['kid'], [['Key', 'yourkey\r']])
    expect({ code, out }).toEqual({ code: 0, out: '62a750c45a06\n' })
    expect(err).not.toContain('yourkey')
  })

  it('kid shows the key to no shortcut either', async () => {
    const { out, err } = await typing(
      ['kid'],
      [
        ['Key', 'yourkey\u0014'],
        ['Key', '\r'],
      ],
    )
    expect(out).toBe('62a750c45a06\n')
    expect(err).not.toMatch(/yourkey|toggle/)
  })

  it("init asks for what was not given, offers the account's receivers, and then doctor", async () => {
    emulator = await startEmulator({
      domains: 1,
      callbackUrl: 'http://127.0.0.1:9/live',
      sendCallbacks: false,
    })
    const folder = folderWith({})
    const env = { ROTATOR_LIVE_ENDPOINT: emulator.url, ROTATOR_KMS_ENDPOINT: emulator.url }
    const { code, out } = await typing(
      ['init', '--dir', folder],
      [
        ['Region', '\r'],
        ['Domains end with', '.example.com\r'],
        ['KMS secret', 'live/mine\r'],
        ['Which receivers', ' \r'],
        ['Look at everything', 'n\r'],
      ],
      env,
    )
    expect(code).toBe(0)
    expect(out.replace(/\s+/g, ' ')).toContain('next: live-key-rotator doctor')
    const yaml = readFileSync(join(folder, 'rotation.yaml'), 'utf8')
    expect(yaml).toContain('secret: live/mine')
    expect(yaml).toContain('discover: { suffix: .example.com }')
    expect(yaml).toContain('\n    probes: [http://127.0.0.1:9/live]')
  })
})
