import type { Row } from './part.ts'

export const PAGE = 'docs/how-it-is-tested.md'
export const PICTURES = 'docs/pictures'

export interface PartReport {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly seconds: number
  /** Its processes together. */
  readonly processorSeconds: number
  readonly rows: readonly Row[]
}

export interface Result {
  readonly holds: boolean
  readonly seconds: number
  readonly machine: string
  readonly slice: boolean
  readonly parts: readonly PartReport[]
}

export function table(parts: readonly PartReport[]): string {
  return parts
    .map(({ title, rows }) =>
      [
        title,
        ...rows.map(
          ({ what, measured, demanded, holds }) =>
            `  ${holds ? '✓' : '✗'} ${what}: ${measured} (demanded: ${demanded})`,
        ),
      ].join('\n'),
    )
    .join('\n')
}

/** The page of a run. */
export function page({ parts, seconds, machine, holds }: Result): string {
  const processorSeconds = parts.reduce((sum, part) => sum + part.processorSeconds, 0)
  const sections = parts.map(({ name, title, about, rows, seconds: took }) =>
    [
      `## ${title}`,
      '',
      about,
      ...(name === 'scale'
        ? ['', '![Time, memory and document by number of domains](pictures/scale.svg)']
        : []),
      '',
      '| claim | measured | demanded | holds |',
      '| --- | --- | --- | --- |',
      ...rows.map(
        (row) =>
          `| ${[row.what, row.measured, row.demanded, row.holds ? 'yes' : '**no**'].map(cell).join(' | ')} |`,
      ),
      '',
      `\`npm run proof -- ${name}\`, ${took} s.`,
    ].join('\n'),
  )
  return [
    '# How it is tested, with figures',
    '',
    '`npm run proof -- --write` writes this page; do not edit it. The command exits 0 only if everything holds. Each part',
    'can also run alone, and `npm run check` runs a small slice of each. What the tests themselves cover is listed in',
    '[how it works](how-it-works.md#how-it-is-tested).',
    '',
    `${holds ? 'Everything held' : 'Not everything held'} on ${machine}; ${Math.ceil(seconds / 60)} minutes in all, ${Math.ceil(processorSeconds / 60)} of processor time.`,
    '',
    sections.join('\n\n'),
    '',
  ].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
