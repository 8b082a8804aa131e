import type { Environment } from '../../config/parse.ts'
import type { InEachLanguage, Language } from '../../core/language.ts'

/** What a command to type stands behind. */
export const NEXT: InEachLanguage<string> = { en: 'next: ', zh: '下一步: ' }

const COMMAND = new RegExp(
  String.raw`^((?:${Object.values(NEXT).join('|')})(?:\u001b\[\d+m)*)(?=live-key-rotator\b)`,
  'gmu',
)

/** A text whose commands can be typed as this one was: in a clone of the repository, npx alone knows the program. */
export function asTyped(text: string, env: Environment): string {
  return env['npm_lifecycle_event'] === 'npx' ? text.replace(COMMAND, '$1npx ') : text
}

/** The last line of what is not simply done: the command to type. */
export function nextLine(command: string, language: Language): string {
  return NEXT[language] + command
}
