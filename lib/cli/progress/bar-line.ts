import { displayWidth } from '../text/display-width.ts'

const WIDEST_BAR = 30
/** A narrower bar shows no more than its figures. */
const NARROWEST_BAR = 6

export interface BarLine {
  readonly label: string
  readonly done: number
  readonly total: number
  readonly detail: string
}

/** A line with a bar, at most `width` wide: the bar takes the room that the text leaves. */
export function barLine(
  { label, done, total, detail }: BarLine,
  width: number,
  color: (bar: string) => string,
): string {
  const room = Math.min(WIDEST_BAR, width - displayWidth(label) - displayWidth(detail) - 5)
  if (room < NARROWEST_BAR) return cutLine(`  ${label} ${detail}`, width)
  const filled = total > 0 ? Math.round((Math.min(done, total) / total) * room) : 0
  return `  ${label} ${color('█'.repeat(filled) + '░'.repeat(room - filled))} ${detail}`
}

export function cutLine(line: string, width: number): string {
  if (displayWidth(line) < width) return line
  let shown = ''
  for (const character of line) {
    if (displayWidth(shown + character) > width - 2) break
    shown += character
  }
  return `${shown}…`
}
