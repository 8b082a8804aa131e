import { isWide } from './display-width.ts'

/** What never begins a line. */
const CLOSING = '。，、；：！？）》」』】”’…,.;:!?)'
/** What never ends one. */
const OPENING = '（《「『【“‘('

/** A part of a line that is never broken, with what stands between it and the one before. */
export interface Piece {
  readonly gap: '' | ' '
  readonly text: string
}

/**
 * Where a line may be broken: at spaces, and around wide characters, of which no word is made; never before closing
 * punctuation nor after opening.
 *
 * @example
 * ```ts
 * piecesOf('set 密钥。') // ['set', ' 密', '钥。']
 * ```
 */
export function piecesOf(line: string): Piece[] {
  return wordsOf(line).flatMap(({ gap, text }) =>
    splitWord(text).map((part, index) => ({ gap: index === 0 ? gap : '', text: part })),
  )
}

/** What a shell takes apart: only at spaces. */
export function wordsOf(line: string): Piece[] {
  return line.split(/ +/).map((text) => ({ gap: ' ', text }))
}

function splitWord(word: string): string[] {
  const parts: string[] = []
  let open = ''
  let before = ''
  for (const character of word) {
    const mayBreak =
      open !== '' &&
      (isWide(before) || isWide(character)) &&
      !CLOSING.includes(character) &&
      !OPENING.includes(before)
    if (mayBreak) parts.push(open)
    open = mayBreak ? character : open + character
    before = character
  }
  return [...parts, open]
}
