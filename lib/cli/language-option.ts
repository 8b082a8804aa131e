import { Option } from '@commander-js/extra-typings'
import { LANGUAGES } from '../core/language.ts'
import type { Io } from './io.ts'

export const LANG = new Option(
  '--lang <language>',
  'of what people read (default: $LIVE_KEY_LANG, else the locale); --json is the same in all',
).choices(LANGUAGES)

/** What `--lang` chooses is the `LIVE_KEY_LANG` of this one command. Read before the arguments are: help needs it, too. */
export function withLanguage(io: Io, args: readonly string[]): Io {
  const lang = chosen(args)
  return lang === undefined ? io : { ...io, env: { ...io.env, LIVE_KEY_LANG: lang } }
}

/** The last one counts, as it does for every option. */
function chosen(args: readonly string[]): string | undefined {
  return args
    .flatMap((arg, index) => {
      if (arg === '--lang') return args[index + 1] ?? []
      return arg.startsWith('--lang=') ? arg.slice('--lang='.length) : []
    })
    .at(-1)
}
