import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { folded } from '../../lib/cli/commands/completion/fold.ts'
import { tryCli } from './support.ts'

const script = async (shell: string): Promise<string> => (await tryCli(['completion', shell])).out

/** What bash offers for a line that ends where Tab is pressed. */
function completed(source: string, line: string): string[] {
  const words = line.split(' ')
  const list = words.map((word) => `'${word}'`).join(' ')
  const program = `${source}
COMP_WORDS=(live-key-rotator ${list}); COMP_CWORD=${words.length}
_live_key_rotator
printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '')
}

test.each(['bash', 'zsh', 'fish'])('the script for %s fits a terminal', async (shell) => {
  const lines = (await script(shell)).split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
})

describe('a folded line', () => {
  /** As a shell reads it. */
  const joined = (text: string) => text.replace(/'\\\n'/g, '').replace(/ \\\n +/g, ' ')

  test('means the same to a shell', () => {
    const word = fc.stringMatching(/^[a-z-]{1,20}$/)
    const text = fc.array(fc.oneof(word, fc.constant("it's")), { minLength: 1, maxLength: 30 })
    const quoted = text.map((words) => `'${words.join(' ').replaceAll("'", "'\\''")}'`)
    const line = fc.array(fc.oneof(word, quoted), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(line, (words) => {
        const shown = folded(`  ${words.join(' ')}`)
        expect(joined(shown)).toBe(`  ${words.join(' ')}`)
        for (const one of shown.split('\n')) expect(one.length).toBeLessThanOrEqual(80)
      }),
    )
  })

  test('means the same to bash', () => {
    const words = [`it's ${'long '.repeat(40)}`, 'short', 'x '.repeat(60)]
    const line = `printf '%s|' ${words.map((one) => `'${one.replaceAll("'", "'\\''")}'`).join(' ')}`
    const out = execFileSync('bash', ['--norc', '-c', folded(line)], { encoding: 'utf8' })
    expect(out).toBe(words.map((one) => `${one}|`).join(''))
  })
})

describe('completion for bash', () => {
  it('offers commands', async () => {
    const source = await script('bash')
    expect(completed(source, '')).toEqual(expect.arrayContaining(['rotate', 'explain', 'help', '--json']))
    expect(completed(source, 'roll')).toEqual(['rollback'])
  })

  it('offers the options of a command, and the global ones', async () => {
    const source = await script('bash')
    expect(completed(source, 'rotate --on')).toEqual(['--on-running-streams'])
    expect(completed(source, 'keyset --')).toEqual(expect.arrayContaining(['--reveal', '--config']))
    expect(completed(source, 'keyset --')).not.toContain('--emergency')
  })

  it('offers the values that an option or an argument can have', async () => {
    const source = await script('bash')
    expect(completed(source, 'rotate --on-running-streams ')).toEqual(['quarantine', 'reject', 'interrupt'])
    expect(completed(source, 'rotate --emergency --on-running-streams q')).toEqual(['quarantine'])
    expect(completed(source, 'completion ')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']))
  })

  it('offers files for a file argument, and nothing if the values cannot be known', async () => {
    const source = await script('bash')
    expect(completed(source, '--config package.j')).toEqual(['package.json'])
    expect(completed(source, 'rotate --reason ')).toEqual([])
  })

  it('finds the command after a global option', async () => {
    expect(completed(await script('bash'), '--json rotate --forc')).toEqual(['--force'])
  })
})

describe('completion for other shells', () => {
  it.each(['zsh', 'fish'])('names every command and its choices: %s', async (shell) => {
    const source = await script(shell)
    for (const word of ['rotate', 'invoke', 'reject', 'quarantine']) expect(source).toContain(word)
  })

  // Tried by hand in zsh 5.9 and fish 3.6; neither is installed where the tests run.
  it('zsh: runs at the first Tab, and expects the command itself before options', async () => {
    const source = await script('zsh')
    expect(source).toMatch(
      /\nif \[\[ \$funcstack\[1\] == _live-key-rotator \]\]; then\n {2}_live_key_rotator "\$@"\n/,
    )
    for (const [, name] of source.matchAll(/^ {4}(\w+)\) _arguments /gm))
      expect(source).toContain(`${name}) _arguments '1: :(${name})' `)
  })

  it('fish: takes the value of an option for no command', async () => {
    expect(await script('fish')).not.toContain('__fish_use_subcommand')
  })

  it('exists for no other shell', async () => {
    expect((await tryCli(['completion', 'tcsh'])).code).toBe(2)
  })
})
