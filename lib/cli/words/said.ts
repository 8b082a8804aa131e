import type { InEachLanguage } from '../../core/language.ts'

/** What is said to people in their language. What programs read is the English one. */
export type Said = InEachLanguage<string>

export function say(en: string, zh: string): Said {
  return { en, zh }
}

/** Names, commands and the messages of errors are the same in both. */
export function inBoth(text: string | Said): Said {
  return typeof text === 'string' ? say(text, text) : text
}

/** Several, one after the other. */
export function joined(all: readonly Said[], en: string, zh: string): Said {
  return say(all.map((one) => one.en).join(en), all.map((one) => one.zh).join(zh))
}
