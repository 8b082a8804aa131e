import Table from 'cli-table3'
import type { Style } from '../style.ts'

/**
 * Rows under a head: a table for a terminal, plain lines with aligned columns for a pipe.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  if (!style.terminal) return plainTable([head, ...rows])
  const made = new Table({
    head: head.map((cell) => style.color.bold(cell)),
    style: { head: [], border: [], compact: true },
    wordWrap: true,
  })
  for (const row of rows) made.push([...row])
  return made.toString()
}

function plainTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
