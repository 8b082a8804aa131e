import { languageOf } from '../../core/language.ts'
import type { Io } from '../io.ts'
import { styleOf } from '../style.ts'
import { wrapText } from './wrap.ts'

/** Notes on stderr what a command does of its own accord. */
export function note(text: string, { stderr, env }: Pick<Io, 'stderr' | 'env'>): void {
  const mark = { en: 'note: ', zh: '注意：' }[languageOf(env)]
  stderr.write(`${wrapText(mark + text, styleOf(stderr, env).width)}\n`)
}
