import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../deploy/project.ts'
import { allPages, anchorOf, headings, linksOf, readPage } from './pages.ts'

const pages = allPages()

describe('the pages', () => {
  it.each(pages)('%s links to existing files and headings', (page) => {
    for (const { path, anchor } of linksOf(page)) {
      expect(existsSync(join(ROOT, path)), `${page} links to ${path}`).toBe(true)
      if (anchor === '') continue
      expect(headings(readPage(path)).map(anchorOf), `${page} links to ${path}#${anchor}`).toContain(anchor)
    }
  })

  it('link to each other, and to files of docs/ram', () => {
    const links = pages.flatMap((page) => linksOf(page))
    expect(links.filter(({ anchor }) => anchor !== '').length).toBeGreaterThan(50)
    expect(links.filter(({ path }) => /^docs\/ram\/.*\.json$/.test(path)).length).toBeGreaterThan(3)
  })

  it('are all in the index', () => {
    const listed = linksOf('docs/README.md').map(({ path }) => path)
    for (const page of pages.filter((path) => path.startsWith('docs/'))) {
      if (page !== 'docs/README.md') expect(listed).toContain(page)
    }
  })
})

describe('docs/how-it-works.md', () => {
  const page = readPage('docs/how-it-works.md')

  it.each([
    ['Follow a timer event', 10],
    ['Follow a callback', 6],
  ])('%s: names at most %i files, all existing', (heading, most) => {
    const [, section = ''] = page.split(`## ${heading}\n`)
    const [steps = ''] = section.split('\n## ')
    const files = Array.from(steps.matchAll(/^\d+\. `([^`]+)`/gm), ([, file = '']) => file)
    expect(files.length).toBeGreaterThan(3)
    expect(files.length).toBeLessThanOrEqual(most)
    for (const file of files) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})
