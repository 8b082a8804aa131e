import * as v from 'valibot'
import { domainName } from './fields.ts'

/** The domains of a `domainsFile` and its problems, each with its line. */
export interface DomainsFile {
  readonly domains: readonly { readonly name: string; readonly line: number }[]
  readonly problems: readonly { readonly line: number; readonly message: string }[]
}

/**
 * Parses a list of domains: one name per line, `#` starts a comment, blank lines are skipped. Does no I/O.
 *
 * @example
 * ```ts
 * parseDomainsFile('live1.example.com # the first\n').domains // [{ name: 'live1.example.com', line: 1 }]
 * ```
 */
export function parseDomainsFile(text: string): DomainsFile {
  const domains: { name: string; line: number }[] = []
  const problems: { line: number; message: string }[] = []
  for (const [index, written] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const name = written.replace(/#.*/, '').trim()
    if (name === '') continue
    const read = v.safeParse(domainName, name)
    if (read.success) domains.push({ name: read.output, line: index + 1 })
    else problems.push({ line: index + 1, message: `a line ${read.issues[0].message}` })
  }
  return { domains, problems }
}
