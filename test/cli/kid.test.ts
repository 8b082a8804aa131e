import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { Key } from '../../lib/keyset/key.ts'
import { TestClock } from '../support/clock.ts'
import { ioFor } from './support.ts'

const kid = async (piped: string | null, ...args: string[]) => {
  const io = ioFor(new TestClock())
  const stdin = piped === null ? {} : { stdin: Readable.from([piped]) }
  const code = await runCli(['kid', ...args], {
    io: { ...io, ...stdin },
    version: '1.2.3',
    services: () => Promise.reject(new Error('nothing is called from here')),
  })
  return { code, out: io.stdout.text, err: io.stderr.text }
}

describe('kid', () => {
  it('prints the kid of a key, and nothing else', async () => {
    expect(await kid('yourkey')).toEqual({ code: 0, out: '62a750c45a06\n', err: '' })
  })

  it.each(['yourkey\n', 'yourkey\r\n'])('strips the line break: %j', async (piped) => {
    expect((await kid(piped)).out).toBe('62a750c45a06\n')
  })

  it('keeps spaces in a key', async () => {
    const key = Key.of(' with spaces ')
    expect((await kid(`${key.reveal()}\n`)).out).toBe(`${key.kid}\n`)
  })

  it('prints one document with --json', async () => {
    expect(JSON.parse((await kid('yourkey', '--json')).out)).toEqual({ kid: '62a750c45a06' })
  })

  it.each([
    ['nothing', ''],
    ['a line break alone', '\n'],
    ['no stdin', null],
    ['several lines', 'one\ntwo\n'],
    ['more than a key can have', 'x'.repeat(257)],
  ])('refuses %s without repeating it', async (_, piped) => {
    const { code, out, err } = await kid(piped)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toMatch(/two|xx/)
  })
})
