import { isDeepStrictEqual } from 'node:util'
import type { GroupConfig, RotationConfig } from './types.ts'

/**
 * The names of the fields in which two configurations differ, without values, because a webhook's URL is a secret. Skips
 * endpoints: a function has its own. Does no I/O.
 *
 * @example
 * ```ts
 * configDifferences(here, there) // ['region', 'group default: domains']
 * ```
 */
export function configDifferences(one: RotationConfig, other: RotationConfig): string[] {
  return [...differing(shared(one), shared(other)), ...groupDifferences(one.groups, other.groups)]
}

/** Independent of where the file is: a receipts folder is relative to it. */
function shared({ groups: _, endpoints: __, receipts, ...rest }: RotationConfig): object {
  return { ...rest, receipts: receipts === null || receipts.startsWith('oss://') ? receipts : 'a folder' }
}

function groupDifferences(groups: readonly GroupConfig[], others: readonly GroupConfig[]): string[] {
  const names = [...new Set([...groups, ...others].map(({ name }) => name))]
  return names.flatMap((name) => {
    const here = groups.find((group) => group.name === name)
    const there = others.find((group) => group.name === name)
    if (here === undefined || there === undefined) return [`group ${name}: only in one of them`]
    return differing(here, there).map((field) => `group ${name}: ${field}`)
  })
}

function differing(one: object, other: object): string[] {
  const [here, there] = [new Map(Object.entries(one)), new Map(Object.entries(other))]
  return [...new Set([...here.keys(), ...there.keys()])].filter(
    (field) => !isDeepStrictEqual(here.get(field), there.get(field)),
  )
}
