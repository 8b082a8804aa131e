import type { Io } from '../io.ts'
import { styleOf } from '../style.ts'
import { wrapText } from './wrap.ts'

/** Says on stderr what a command does without being asked to. */
export function note(text: string, { stderr, env }: Pick<Io, 'stderr' | 'env'>): void {
  stderr.write(`${wrapText(`note: ${text}`, styleOf(stderr, env).width)}\n`)
}
