import { oneLine } from '../../core/plain-text.ts'
import type { Style } from '../style.ts'
import type { Line } from './narrator.ts'

/** One line of progress, with a mark of what kind it is. */
export function lineText({ kind, text }: Line, group: string | undefined, { color }: Style): string {
  const mark = { done: color.green('✓'), note: color.dim('·'), problem: color.red('✗') }[kind]
  return `${mark} ${oneLine(group === undefined ? text : `${group}: ${text}`)}`
}
