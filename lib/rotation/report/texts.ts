import type { InEachLanguage } from '../../core/language.ts'
import { chinese } from './chinese.ts'
import { english, type Texts } from './english.ts'

/** The texts of reports and the log in each language. */
export const reportTexts: InEachLanguage<Texts> = { en: english, zh: chinese }
