import type { Document, YAMLError } from 'yaml'

/** What an empty file needs, ready to copy. */
export const EMPTY_FILE =
  'the file is empty; it needs region and groups, for example { region: cn-shanghai, groups: ' +
  '[{ name: default, secret: live/snapshot-callback/default, domains: [live1.example.com] }] }'

/** The document as plain values; null for an empty one. Too many aliases count as an unknown value. */
export function contentOf(document: Document): unknown {
  try {
    return document.toJS()
  } catch {
    return undefined
  }
}

/** Why a text is not YAML, without the parser's terms. Repeats nothing of the text, which may contain a token. */
export function syntaxProblem({ code, message }: Pick<YAMLError, 'code' | 'message'>): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document starts here; the file must hold only one'
  if (code === 'DUPLICATE_KEY') return 'this key appears here a second time'
  return `the text is not YAML: ${message.replace(/: ".*"$/s, '')}`
}
