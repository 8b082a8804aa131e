import type { Environment } from '../../config/parse.ts'
import { englishPage, type PageTexts } from './page-texts.ts'

/** The words of a page in the reader's language. */
export function pageTexts(_env: Environment): PageTexts {
  return englishPage
}
