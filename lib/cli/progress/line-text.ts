import { oneLine } from '../../core/plain-text.ts'
import type { Style } from '../style.ts'
import { wrapText } from '../text/wrap.ts'
import type { Line } from './narrator.ts'

/** A progress line with a mark for its kind, wrapped to the terminal. */
export function lineText({ kind, text }: Line, group: string | undefined, { color, width }: Style): string {
  const mark = { done: color.green('✓'), note: color.dim('·'), problem: color.red('✗') }[kind]
  return wrapText(`${mark} ${oneLine(group === undefined ? text : `${group}: ${text}`)}`, width)
}
