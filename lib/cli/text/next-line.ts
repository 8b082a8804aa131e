import type { Environment } from '../../config/parse.ts'
import type { InEachLanguage, Language } from '../../core/language.ts'

/** The mark before a command to type. */
export const NEXT: InEachLanguage<string> = { en: 'next: ', zh: '下一步: ' }

const COMMAND = new RegExp(
  String.raw`^((?:${Object.values(NEXT).join('|')})(?:\u001b\[\d+m)*)(?=live-key-rotator\b)`,
  'gmu',
)

/** Makes commands in a text start as this one did: in a clone of the repository, only npx finds the program. */
export function asTyped(text: string, env: Environment): string {
  return env['npm_lifecycle_event'] === 'npx' ? text.replace(COMMAND, '$1npx ') : text
}

/** The last line of anything unfinished: the command to type. */
export function nextLine(command: string, language: Language): string {
  return NEXT[language] + command
}
