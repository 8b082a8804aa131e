import type { PageTexts } from './page-texts.ts'

export interface PageOptions {
  readonly texts: PageTexts
  /** An IANA name: the reader's. */
  readonly timeZone: string
  /** Whether it refreshes itself from the server that it came from. */
  readonly live: boolean
}

/** The same, with times as the reader of one page is told them. */
export type Words = PageOptions & { readonly time: (at: string) => string }
