import { createHash } from 'node:crypto'
import { isObject } from '../core/objects.ts'
import type { RotationConfig } from './types.ts'

/** A digest of each part of a configuration, by the part's name, e.g. `groups.default`. */
export type ConfigDigest = Readonly<Record<string, string>>

const DIGITS = 12

/**
 * Distinguishes configurations without showing them: 12 hex digits of SHA-256 for each part. Skips what depends on the
 * place of use (endpoints, the receipts folder) or may be a secret (webhooks).
 *
 * @example
 * ```ts
 * configDigest(config)['groups.default'] // '3f0c9a1b2d4e'
 * ```
 */
export function configDigest({ region, throttle, kms, groups }: RotationConfig): ConfigDigest {
  const parts = {
    region,
    throttle,
    kms,
    ...Object.fromEntries(groups.map((group) => [`groups.${group.name}`, group])),
  }
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, digestOf(part)]))
}

/** The names of the parts in which two configurations differ. */
export function differences(one: ConfigDigest, other: ConfigDigest): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].filter((name) => one[name] !== other[name]).sort()
}

function digestOf(part: unknown): string {
  return createHash('sha256').update(JSON.stringify(part, sorted)).digest('hex').slice(0, DIGITS)
}

/** Ignores the order of fields. */
function sorted(_: string, value: unknown): unknown {
  if (!isObject(value) || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
