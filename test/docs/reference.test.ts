import { describe, expect, it } from 'vitest'
import { cloudServices } from '../../lib/cli/cloud-services.ts'
import { createProgram } from '../../lib/cli/program.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { english } from '../../lib/rotation/report/english.ts'
import { ioFor } from '../cli/support.ts'
import { readPage } from './pages.ts'

const reference = readPage('docs/reference.md')

/** What stands as code in the first column of the tables of a section. */
function explained(heading: string): string[] {
  const [, section = ''] = reference.split(`## ${heading}\n`)
  const [body = ''] = section.split(/\n## /)
  return body
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => Array.from(line.split('|')[1]?.matchAll(/`([\w.]+)`/g) ?? [], ([, name = '']) => name))
}

describe('docs/reference.md', () => {
  it('explains every variable that s.yaml reads, and no other', () => {
    const read = new Set(Array.from(readPage('s.yaml').matchAll(/env\('(\w+)'/g), ([, name]) => name))
    expect(explained('What the environment sets').toSorted()).toEqual([...read].toSorted())
  })

  it('explains every command', () => {
    const program = createProgram({
      io: ioFor(systemClock),
      version: '1.2.3',
      services: () => Promise.resolve(cloudServices),
      done: () => undefined,
    })
    const names = program.commands.map((command) => command.name()).filter((name) => name !== 'help')
    expect(names.length).toBeGreaterThan(15)
    for (const name of names) expect(explained('Commands')).toContain(name)
  })

  it('explains every error code, and no other', () => {
    const [, union = ''] = /type ErrorCode =\n([\s\S]*?)\n\n/.exec(readPage('lib/core/errors.ts')) ?? []
    const codes = Array.from(union.matchAll(/\| '(\w+)'/g), ([, code]) => code)
    expect(codes.length).toBeGreaterThan(15)
    expect(explained('Error codes').toSorted()).toEqual(codes.toSorted())
  })

  it('explains every event of the log', () => {
    for (const event of Object.keys(english.events)) expect(explained('Logs')).toContain(event)
  })
})
