import type { InEachLanguage, Language } from '../../core/language.ts'

/** What a command to type stands behind. */
export const NEXT: InEachLanguage<string> = { en: 'next: ', zh: '下一步: ' }

/** The last line of what is not simply done: the command to type. */
export function nextLine(command: string, language: Language): string {
  return NEXT[language] + command
}
