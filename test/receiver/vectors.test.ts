import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { readKeyset } from '../../lib/keyset/document.ts'
import { kidOf } from '../../lib/keyset/key.ts'
import { signCallback } from '../../lib/keyset/signature.ts'
import { createVerifier, staticKeyset } from '../../lib/receiver/index.ts'

interface Vectors {
  readonly signatures: readonly { host: string; timestamp: string; key: string; signature: string }[]
  readonly kids: readonly { key: string; kid: string }[]
  readonly keysets: Readonly<Record<string, { keys: readonly { kid: string; key: string; state: string }[] }>>
  readonly verifications: readonly {
    readonly name: string
    readonly keyset: string
    readonly hosts: readonly string[]
    readonly tolerance: number
    readonly now: number
    readonly timestamp: string | null
    readonly signature: string | null
    readonly verdict: string
    readonly kid?: string
    readonly reason?: string
  }[]
  readonly documents: readonly { readonly name: string; readonly valid: boolean; readonly text: string }[]
}

const FILE = 'docs/vectors.json'
const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as Vectors

describe('docs/vectors.json', () => {
  it.each(vectors.signatures)('signs for $host', ({ host, timestamp, key, signature }) => {
    expect(signCallback(host, timestamp, key)).toBe(signature)
  })

  it.each(vectors.kids)('makes the kid $kid', ({ key, kid }) => {
    expect(kidOf(key)).toBe(kid)
  })

  it.each(vectors.verifications)(
    '$name: $verdict',
    async ({ name: _, keyset, hosts, tolerance, now, ...vector }) => {
      const verify = createVerifier({ keyset: staticKeyset(vectors.keysets[keyset]), host: hosts, tolerance })
      const { timestamp, signature, ...expected } = vector
      const { verdict, kid, reason } = await verify({ timestamp, signature, now: now * 1_000 })
      expect({ verdict, ...(kid !== undefined && { kid }), ...(reason !== undefined && { reason }) }).toEqual(
        expected,
      )
    },
  )

  it.each(vectors.documents)('document: $name, valid: $valid', ({ valid, text }) => {
    if (valid) expect(readKeyset(text).keys).toBeInstanceOf(Array)
    else expect(() => readKeyset(text)).toThrow(RotatorError)
  })
})
