import Table from 'cli-table3'
import type { Style } from '../style.ts'
import { displayWidth } from './display-width.ts'
import { piecesOf } from './pieces.ts'
import { wrapText } from './wrap.ts'

type Row = readonly string[]

/** Between and around the cells of a terminal's table: two of padding and one of border for each column, one at the end. */
const COLUMN_EXTRA = 3
const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/**
 * Rows under a header: aligned columns for a pipe, a bordered table for a terminal, at most as wide as that. Cells wrap
 * between words (in Chinese, between characters); if even that does not fit, each row becomes several lines.
 *
 * @param indent - Columns that the caller puts before each line.
 */
export function table(head: Row, rows: readonly Row[], style: Style, indent = 0): string {
  if (!style.terminal) return plainTable([head, ...rows])
  const widths = fittingWidths([head, ...rows], style.width - indent)
  if (widths === null) return stackedRows(head, rows)
  const fitted = (row: Row): string[] => row.map((cell, column) => wrapText(cell, widths[column] ?? Infinity))
  const made = new Table({
    head: fitted(head).map((cell) => style.color.bold(cell)),
    style: { head: [], border: [], compact: true },
    colWidths: widths.map((width) => width + 2),
  })
  for (const row of rows) made.push(fitted(row))
  return made.toString()
}

function plainTable(rows: readonly Row[]): string {
  const made = new Table({
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  })
  for (const row of rows) made.push([...row])
  return made.toString().replace(/ +$/gm, '')
}

/** The widths of the columns without their padding; null if not even single words fit. */
function fittingWidths(rows: readonly Row[], available: number): number[] | null {
  const columns = (rows[0] ?? []).map((_, index) => rows.map((row) => row[index] ?? ''))
  const widths = columns.map((cells) => Math.max(...cells.map(displayWidth)))
  const least = columns.map((cells) =>
    Math.max(...cells.flatMap((cell) => piecesOf(cell).map(({ text }) => displayWidth(text)))),
  )
  const total = () => widths.reduce((sum, width) => sum + width + COLUMN_EXTRA, 1)
  while (total() > available) {
    const slack = widths.map((width, index) => width - (least[index] ?? width))
    const widest = slack.indexOf(Math.max(...slack))
    const width = widths[widest]
    if (width === undefined || (slack[widest] ?? 0) <= 0) return null
    widths[widest] = width - 1
  }
  return widths
}

function stackedRows(head: Row, rows: readonly Row[]): string {
  const [, ...names] = head
  const longest = Math.max(...names.map(displayWidth))
  return rows
    .map(([first = '', ...cells]) =>
      [first, ...cells.map((cell, index) => `  ${padded(names[index] ?? '', longest)}  ${cell}`)].join('\n'),
    )
    .join('\n')
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(width - displayWidth(text))
}
