import type { InEachLanguage, Language } from '../core/language.ts'
import { oneLine } from '../core/plain-text.ts'
import type { Cause } from '../rotation/report/findings.ts'
import type { GroupReport } from '../rotation/report/report.ts'
import { chineseMessages } from './chinese-messages.ts'
import { englishMessages } from './english-messages.ts'
import type { MessageTexts } from './message-texts.ts'

export const messageTexts: InEachLanguage<MessageTexts> = { en: englishMessages, zh: chineseMessages }

/**
 * The text for people, on one line: what happened, to which group, and what to do next. It comes from a report, so it
 * contains no key and no URL with parameters.
 */
export function messageOf(cause: Cause, group: GroupReport, language: Language): string {
  const texts = messageTexts[language]
  const text = texts.ofGroup(group.group, texts.causes[cause.code](cause, group))
  return oneLine(cause.urgent ? texts.urgent + text : text)
}
