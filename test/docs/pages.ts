import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { ROOT } from '../deploy/project.ts'

/** A page of the documentation, by its path from the root. */
export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Every page that people read. */
export function allPages(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name))
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'))
  return [...top, ...below('docs'), ...below('lib/emulator')].toSorted()
}

/** The text without fenced blocks. */
export function prose(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '')
}

export function headings(text: string): string[] {
  return Array.from(prose(text).matchAll(/^#+ (.+)$/gm), ([, heading = '']) => heading)
}

/** GitHub's rule for the anchor of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

export interface Link {
  readonly path: string
  readonly anchor: string
}

/** Where a page links to within the repository, as paths from the root. */
export function linksOf(page: string): Link[] {
  const text = prose(readPage(page))
  const targets = Array.from(
    text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$|\bsrc(?:set)?="([^"]+)"/gm),
    ([, inline, below, picture]) => inline ?? below ?? picture ?? '',
  )
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#')
      const from = join(ROOT, dirname(page))
      return {
        path: path === '' ? page : relative(ROOT, join(from, path)),
        anchor: decodeURIComponent(anchor),
      }
    })
}
