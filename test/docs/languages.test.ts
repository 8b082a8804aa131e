import { describe, expect, it } from 'vitest'
import { prose, readPage } from './pages.ts'

const PAIRS = [
  ['README.md', 'README.zh-CN.md'],
  ['docs/emergency.md', 'docs/zh-CN/emergency.md'],
  ['docs/first-day.md', 'docs/zh-CN/first-day.md'],
  ['docs/operations.md', 'docs/zh-CN/operations.md'],
  ['docs/receivers.md', 'docs/zh-CN/receivers.md'],
] as const

interface Block {
  readonly language: string
  readonly lines: readonly string[]
}

/**
 * The fenced blocks, without what explains them. Pictures in characters have no language, and words in them. What a command
 * prints is in the language of the page: of that, only what it tells.
 */
function blocksOf(text: string): Block[] {
  const blocks = text.matchAll(/^( *)```(.+)\n([\s\S]*?)^\1```$/gm)
  return Array.from(blocks, ([, indent = '', language = '', body = '']) => ({
    language,
    lines: body
      .trimEnd()
      .split('\n')
      .map((line) => comparable(line.slice(indent.length), language)),
  }))
}

function comparable(line: string, language: string): string {
  if (language === 'sh') return line.replace(/\s+#.*$/, '')
  return language === 'text' ? told(line) : line
}

/** The names and figures of a printed line, in whatever order a language has them. */
function told(line: string): string {
  return Array.from(
    line.matchAll(/https?:[\w/.:-]+|--[\w-]+ \w+|[a-z\d][\w.:-]*\d[\w.]*|\d+/g),
    ([word]) => word,
  )
    .toSorted()
    .join(' ')
}

function headingLevels(text: string): number[] {
  return Array.from(prose(text).matchAll(/^(#+) /gm), ([, marks = '']) => marks.length)
}

/** What stands as code within the sentences: commands, fields, codes. */
function codeOf(text: string): string[] {
  return [
    ...new Set(
      Array.from(prose(text).matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g), ([, code = '']) =>
        code.replaceAll(/\s+/g, ' '),
      ),
    ),
  ].toSorted()
}

const SCALES: Readonly<Record<string, number>> = { million: 1_000_000, 万: 10_000 }

/** The figures outside of code and of addresses, as numbers. */
function figuresOf(text: string): number[] {
  const words = prose(text)
    .replaceAll(/`[^`]*`/g, '')
    .replaceAll(/\]\([^)]*\)/g, '')
    .replaceAll(/^\[[^\]]+\]: .*$/gm, '')
    .replaceAll(/^\d+\. /gm, '')
  const figures = Array.from(
    words.matchAll(/(\d[\d,]*(?:\.\d+)?)(?: ?(million|万))?/g),
    ([, digits = '', scale = '']) => Number(digits.replaceAll(',', '')) * (SCALES[scale] ?? 1),
  )
  return figures.toSorted((a, b) => a - b)
}

describe.each(PAIRS)('%s and %s', (english, chinese) => {
  const [one, other] = [readPage(english), readPage(chinese)]

  it('have the same headings in number and depth', () => {
    expect(headingLevels(one).length).toBeGreaterThan(4)
    expect(headingLevels(other)).toEqual(headingLevels(one))
  })

  it('show the same commands, code and output', () => {
    expect(blocksOf(one).length).toBeGreaterThan(4)
    expect(blocksOf(other)).toEqual(blocksOf(one))
  })

  it('name the same commands, fields and codes', () => {
    expect(codeOf(other)).toEqual(codeOf(one))
  })

  it('give the same figures', () => {
    expect(figuresOf(one).length).toBeGreaterThan(4)
    expect(figuresOf(other)).toEqual(figuresOf(one))
  })

  it('have tables of the same size', () => {
    const rows = (text: string): number[] =>
      Array.from(prose(text).matchAll(/^\|.*\|$/gm), ([row]) => row.split(/(?<!\\)\|/).length)
    expect(rows(other)).toEqual(rows(one))
  })
})
