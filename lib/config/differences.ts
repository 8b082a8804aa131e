import { isDeepStrictEqual } from 'node:util'
import type { GroupConfig, RotationConfig } from './types.ts'

/**
 * The fields in which two configurations differ, by their names: values are not told, for a webhook's URL is a secret.
 * Endpoints are left out: a function has its own. Does no I/O.
 *
 * @example
 * ```ts
 * configDifferences(here, there) // ['region', 'group default: domains']
 * ```
 */
export function configDifferences(one: RotationConfig, other: RotationConfig): string[] {
  return [...differing(shared(one), shared(other)), ...groupDifferences(one.groups, other.groups)]
}

/** What is the same wherever the file lies: a folder for receipts is beside it. */
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
