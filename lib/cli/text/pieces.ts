import { isWide } from './display-width.ts'

/** Characters that never start a line. */
const CLOSING = '。，、；：！？）》」』】”’…,.;:!?)'
/** Characters that never end one. */
const OPENING = '（《「『【“‘('

/** An unbreakable part of a line, with the gap before it. */
export interface Piece {
  readonly gap: '' | ' '
  readonly text: string
}

/**
 * Splits a line where it may break: at spaces and around wide characters, but never before closing or after opening
 * punctuation.
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

/** Splits a command, which may break only at spaces. */
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
