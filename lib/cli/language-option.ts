import { Option } from '@commander-js/extra-typings'
import { LANGUAGES } from '../core/language.ts'
import type { Io } from './io.ts'

export const LANG = new Option(
  '--lang <language>',
  'the language of texts for people (default: $LIVE_KEY_LANG, else the locale); --json stays the same',
).choices(LANGUAGES)

/** `--lang` sets `LIVE_KEY_LANG` for this command. Read before the other arguments, because help needs it too. */
export function withLanguage(io: Io, args: readonly string[]): Io {
  const lang = chosen(args)
  return lang === undefined ? io : { ...io, env: { ...io.env, LIVE_KEY_LANG: lang } }
}

/** The last one counts, as for every option. */
function chosen(args: readonly string[]): string | undefined {
  return args
    .flatMap((arg, index) => {
      if (arg === '--lang') return args[index + 1] ?? []
      return arg.startsWith('--lang=') ? arg.slice('--lang='.length) : []
    })
    .at(-1)
}
