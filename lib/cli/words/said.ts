import type { InEachLanguage } from '../../core/language.ts'

/** A text for people in their language; programs get the English one. */
export type Said = InEachLanguage<string>

export function say(en: string, zh: string): Said {
  return { en, zh }
}

/** Names, commands and error messages are the same in both. */
export function inBoth(text: string | Said): Said {
  return typeof text === 'string' ? say(text, text) : text
}

/** Several texts joined. */
export function joined(all: readonly Said[], en: string, zh: string): Said {
  return say(all.map((one) => one.en).join(en), all.map((one) => one.zh).join(zh))
}
