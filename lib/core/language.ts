/** The languages of texts for people. Output for programs is the same in all of them. */
export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

/** The same texts in every language. The compiler reports missing ones. */
export type InEachLanguage<Texts> = Readonly<Record<Language, Texts>>

type Environment = Readonly<Record<string, string | undefined>>

/** The variables that choose it, in order: ours, then those of POSIX locales. */
const NAMES = ['LIVE_KEY_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG'] as const

/**
 * The reader's language: `LIVE_KEY_LANG`, else the locale; English if that is not supported.
 *
 * @example
 * ```ts
 * languageOf({ LANG: 'zh_CN.UTF-8' }) // 'zh'
 * ```
 */
export function languageOf(env: Environment): Language {
  return languageNamed(NAMES.map((name) => env[name]).find(Boolean))
}

/** The language of a name such as `zh`, `zh-CN` or `zh_CN.UTF-8`; English for any other. */
export function languageNamed(name: string | undefined): Language {
  return LANGUAGES.find((language) => name?.toLowerCase().split(/[-_.@]/)[0] === language) ?? 'en'
}
