import type { Environment } from '../../config/parse.ts'
import { languageOf, type InEachLanguage } from '../../core/language.ts'
import { chinesePage } from './chinese-page.ts'
import { englishPage, type PageTexts } from './page-texts.ts'

const PAGES: InEachLanguage<PageTexts> = { en: englishPage, zh: chinesePage }

/** The words of a page in the reader's language. */
export function pageTexts(env: Environment): PageTexts {
  return PAGES[languageOf(env)]
}
