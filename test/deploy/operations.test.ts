import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './project.ts'

const operations = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
const template = readFileSync(join(ROOT, 's.yaml'), 'utf8')

/** GitHub's rule for the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

describe('docs/operations.md', () => {
  it('explains every variable that s.yaml reads, and no other', () => {
    const read = new Set(Array.from(template.matchAll(/env\('(\w+)'/g), ([, name]) => name))
    const [, table = ''] = /### What the environment sets\n([\s\S]*?)\n##/.exec(operations) ?? []
    const explained = table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => Array.from(line.split('|')[1]?.matchAll(/`(\w+)`/g) ?? [], ([, name]) => name))
    expect(explained.toSorted()).toEqual([...read].toSorted())
  })

  it('links to headings that are there', () => {
    const anchors = Array.from(operations.matchAll(/^#+ (.+)$/gm), ([, heading = '']) => anchorOf(heading))
    const linked = Array.from(operations.matchAll(/\]\(#([^)]+)\)/g), ([, anchor]) => anchor)
    expect(linked.length).toBeGreaterThan(5)
    for (const anchor of linked) expect(anchors).toContain(anchor)
  })

  it('names files of docs/ram that are there', () => {
    const named = Array.from(operations.matchAll(/\]\((ram\/[\w.-]+)/g), ([, path = '']) => path)
    expect(named.length).toBeGreaterThan(3)
    for (const path of named) expect(() => readFileSync(join(ROOT, 'docs', path))).not.toThrow()
  })
})
