import { describe, expect, test } from 'vitest'
import { demoText } from '../../lib/cli/demo/demo-text.ts'
import { elapsedMs, type DemoFigures } from '../../lib/cli/demo/figures.ts'
import { runCli } from '../../lib/cli/cli.ts'
import { styleOf } from '../../lib/cli/style.ts'
import { displayWidth } from '../../lib/cli/text/display-width.ts'
import { wrapText } from '../../lib/cli/text/wrap.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'
import { COMMAND_LINES, COMMAND_NAMES, lived, LONG_WAIT } from './command-runs.ts'
import { ioFor, tryCli, Written } from './support.ts'
import { expectToFit } from './terminal.ts'

describe('on an 80-column terminal, no line is wider and no word is broken', () => {
  test.each([
    ...COMMAND_LINES,
    'probe',
    'explain --timestamp 1519375990 --signature 9e226fc2c250be266e3657e156f68c12 --host learn.aliyundoc.com',
  ])('%s', async (command) => {
    await expectToFit(async (options) => tryCli(command.split(' '), { ...options, cloud: await lived() }))
  })

  test('a rotation that must wait', async () => {
    await expectToFit((options) => tryCli(['rotate'], { ...options, config: LONG_WAIT }))
  })

  test('a rotation in which everything fails', async () => {
    await expectToFit(async (options) => {
      const cloud = await lived()
      const message =
        'SetSnapshotCallbackAuth for live2.example.com was refused (Forbidden.RAM, HTTP 403): allow the RAM action live:SetSnapshotCallbackAuth to the role'
      cloud.broken.set('live2.example.com', { set: new RotatorError('denied', message) })
      return tryCli(['rotate', '--force'], { ...options, cloud })
    })
  })

  test('errors', async () => {
    await expectToFit((options) =>
      tryCli(['status'], { ...options, config: 'region: cn-shanghai\nttl: soon\n' }),
    )
    await expectToFit((options) => tryCli(['rotate', '--leaked', 'x'], options))
    await expectToFit((options) => tryCli(['rotat'], options))
    await expectToFit((options) => tryCli(['status', '--config', '/nowhere/rotation.yaml'], options))
  })

  test.each(['', ...COMMAND_NAMES])('%s --help', async (name) => {
    await expectToFit((options) => tryCli([...name.split(' ').filter(Boolean), '--help'], options))
  })

  test.each(COMMAND_NAMES)('%s --help has an example', async (name) => {
    const { out } = await tryCli([name, '--help'])
    const [, ...lines] = out.split('\n')
    expect(lines.join('\n')).toMatch(new RegExp(`live-key-rotator ${name}\\b`))
  })

  test.each(['en', 'zh'].flatMap((lang) => COMMAND_NAMES.map((name) => [name, lang] as const)))(
    '%s --help in %s can be copied: no example is wrapped, no sentence broken, no default named twice',
    async (name, lang) => {
      const { out } = await tryCli([name, '--help', '--lang', lang])
      const [, after = ''] = out.split(/^ {2}--lang .*(?:\n {3,}.*)*\n/m)
      const lines = after.split('\n').filter((line) => line !== '')
      for (const line of lines) {
        if (line.includes('live-key-rotator ') && !/[.。]$/.test(line))
          expect(displayWidth(line)).toBeLessThan(81)
        else expect(line).toMatch(/[.:。：]$|^ {4}/)
      }
      expect(out.replace(/\s+/g, ' ')).not.toMatch(
        /[(（](?:default: |默认：)[^()（）]*[)）] [(（](?:default: |默认：)/,
      )
    },
  )

  test('emulator', async () => {
    await expectToFit(async (options) => {
      const controller = new AbortController()
      const io = ioFor(new TestClock(), { ...options, interrupted: controller.signal })
      const services = () => Promise.reject(new Error('nothing is called from here'))
      const running = runCli(['emulator', '--port', '0', '--domains', '2'], { io, version: '0', services })
      await expect.poll(() => io.stdout.text, { timeout: 10_000 }).toContain('Ctrl-C')
      controller.abort(new Error('Ctrl-C'))
      await running
      const out = io.stdout.text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:4710')
      return { out, err: io.stderr.text }
    })
  })

  test('demo', async () => {
    const { out } = await tryCli(['status', '--json'], { cloud: await lived() })
    const figures: DemoFigures = {
      domains: 2_000,
      rotated: 1_999,
      elapsedMs: elapsedMs([]),
      limitMs: 80_000,
      throttled: 12_345,
      callbacks: { sent: 123_456, accepted: 100_000, quarantined: 12_345, rejected: 11_111, newKey: 54_321 },
      forged: { sent: 12_345, accepted: 1 },
      cutOff: { shownMs: 5_900, seenMs: 4_800 },
      report: JSON.parse(out) as Report,
    }
    await expectToFit(({ columns, env }) => {
      const style = styleOf(new Written(true, columns), { TZ: 'UTC', ...env })
      return Promise.resolve({ out: wrapText(demoText(figures, style), style.width), err: '' })
    })
  })
})
