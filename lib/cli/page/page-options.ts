import type { PageTexts } from './page-texts.ts'

export interface PageOptions {
  readonly texts: PageTexts
  /** The reader's, as an IANA name. */
  readonly timeZone: string
  /** Whether it refreshes itself from its server. */
  readonly live: boolean
}

/** The same with times formatted for the reader. */
export type Words = PageOptions & { readonly time: (at: string) => string }
