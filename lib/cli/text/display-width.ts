import { stripVTControlCharacters } from 'node:util'

/** Characters that take two columns in a terminal: East Asian scripts, their punctuation, and full-width forms. */
const WIDE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
const ALL_WIDE = new RegExp(WIDE, 'gu')

/** The columns that a line takes in a terminal; colours take none. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text)
  return Array.from(plain).length + (plain.match(ALL_WIDE)?.length ?? 0)
}

/** Whether a character takes two columns. */
export function isWide(character: string): boolean {
  return WIDE.test(character)
}
