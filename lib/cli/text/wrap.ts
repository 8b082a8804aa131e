import { stripVTControlCharacters } from 'node:util'
import { displayWidth } from './display-width.ts'
import { NEXT } from './next-line.ts'
import { piecesOf, wordsOf } from './pieces.ts'

/** What precedes a line's text: its indent, and a mark, a number or `next:`. */
const LEAD = new RegExp(`^ *(?:[✓✗·!•] |\\d+\\. |${Object.values(NEXT).join('|')})?`, 'u')

/**
 * Wraps lines to `width`: between words (in Chinese, between characters), aligned under the start of the text. Never
 * breaks a word: one wider than `width` gets its own line. A command continues after a `\`, so that it can still be
 * copied.
 *
 * @example
 * ```ts
 * wrapText('  ! fix the domains', 12) // '  ! fix the\n    domains'
 * ```
 */
export function wrapText(text: string, width: number): string {
  if (width === Infinity) return text
  return text
    .split('\n')
    .map((line) => (displayWidth(line) <= width ? line : wrapLine(line, width)))
    .join('\n')
}

function wrapLine(line: string, width: number): string {
  const plain = stripVTControlCharacters(line)
  const lead = LEAD.exec(plain)?.[0] ?? ''
  const indent = ' '.repeat(displayWidth(lead))
  const isCommand = Object.values(NEXT).some((next) => lead.endsWith(next))
  const ending = isCommand ? ' \\' : ''
  const spaces = ' '.repeat(plain.length - plain.trimStart().length)
  const [first, ...pieces] = isCommand ? wordsOf(line) : piecesOf(line)
  const lines: string[] = []
  // Only a colour code can precede an indent.
  let open = (first?.text ?? '') + (spaces === '' ? '' : spaces + (pieces.shift()?.text ?? ''))
  for (const { gap, text } of pieces) {
    const longer = open + gap + text
    const fits = displayWidth(longer) <= width - ending.length
    // Only indent and lead so far: no text yet.
    if (fits || displayWidth(open) <= indent.length) {
      open = longer
    } else {
      lines.push(open + ending)
      open = indent + text
    }
  }
  return [...lines, open].join('\n')
}
