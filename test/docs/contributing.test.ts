import { describe, expect, it } from 'vitest'
import { readPage } from './pages.ts'

const page = readPage('CONTRIBUTING.md')

describe('CONTRIBUTING.md', () => {
  it('says what each gate holds, in their order', () => {
    const [, steps = ''] = /new Map\(\[\n([\s\S]*?)\n\]\)/.exec(readPage('scripts/check.mjs')) ?? []
    const names = Array.from(steps.matchAll(/^ {2}(?:\[| {2})'(\w+)',/gm), ([, name]) => name)
    expect(names.length).toBeGreaterThan(5)
    const [, gates = ''] = page.split('## The gates\n')
    const rows = gates.split('\n').filter((line) => line.startsWith('| `'))
    const told = rows.flatMap((line) =>
      Array.from(line.split('|')[1]?.matchAll(/`(\w+)`/g) ?? [], ([, name]) => name),
    )
    expect(told).toEqual(names)
  })

  it('names existing scripts', () => {
    const scripts = readPage('package.json')
    const named = Array.from(page.matchAll(/npm run ([\w:]+)/g), ([, name]) => name)
    expect(named.length).toBeGreaterThan(5)
    for (const name of named) expect(scripts).toContain(`"${name}": `)
  })
})
