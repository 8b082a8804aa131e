/** What must never be seen, beside the keys that are generated on the way. A key gets a number, to be new each time. */
export const CANARIES = {
  'imported key': 'CanaryImportedByHandInTheConsole',
  'short key': 'cAnAry9',
  'key in an invalid document': 'kAnArieInADocumentThatIsInvalid01',
  'access key secret': 'access-canary-key-secret-5f2c',
  'security token': 'security-canary-token-81d0',
  'webhook path': 'robot-canary-path-77aa',
  'webhook token': 'webhook-canary-token-e1e1',
} as const

export type CanaryKind = keyof typeof CANARIES | 'generated key'

/** Something that people, other programs or other servers get to see. */
export interface Shown {
  readonly where: string
  readonly text: string
}

/** So many characters of its beginning are a leak. */
const TELLING = 10

/** The secrets that went in, and what tells of one when it comes out. */
export class Secrets {
  readonly #kinds = new Map<string, CanaryKind>(
    Object.entries(CANARIES).map(([kind, value]): [string, CanaryKind] => [value, kind as CanaryKind]),
  )
  /** How often a secret of that kind was handed to the rotator. */
  readonly given = new Map<CanaryKind, number>()

  get size(): number {
    return this.#kinds.size
  }

  /** A key that was stored or set. */
  sawKey(key: string): void {
    const canary = Object.entries(CANARIES).find(([, value]) => key.startsWith(value))
    const kind: CanaryKind = canary === undefined ? 'generated key' : (canary[0] as CanaryKind)
    this.gave(kind)
    if (canary === undefined && key.length >= 8) this.#kinds.set(key, kind)
  }

  gave(kind: CanaryKind): void {
    this.given.set(kind, (this.given.get(kind) ?? 0) + 1)
  }

  /** Every leak in what was shown. */
  leaks(shown: readonly Shown[]): string[] {
    const needles = [...this.#kinds].flatMap(([secret, kind]) =>
      spellings(secret.slice(0, TELLING)).map((needle) => ({ needle, kind })),
    )
    return shown.flatMap(({ where, text }) =>
      needles.filter(({ needle }) => text.includes(needle)).map(({ kind }) => `${kind} in ${where}`),
    )
  }

  /** The kinds whose leak would not be found, each in its plain spelling and in those that a program may give it. */
  missed(): string[] {
    return [...this.#kinds].flatMap(([secret, kind]) => {
      const planted = [
        `value=${secret}`,
        `"${secret.slice(0, TELLING)}…"`,
        Buffer.from(secret).toString('hex'),
        Buffer.from(`k:${secret};`).toString('base64'),
        Buffer.from(`key:${secret};`).toString('base64'),
      ]
      return planted
        .filter((text) => !this.leaks([{ where: 'the plant', text }]).some((leak) => leak.startsWith(kind)))
        .map((text) => `${kind} as ${text.length} characters`)
    })
  }
}

/** As it is, in hexadecimal digits, and in base64 wherever in three bytes it begins. */
function spellings(text: string): string[] {
  const bytes = Buffer.from(text)
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    // Digits that hold a bit of what stands before or after the text are left out.
    const from = Math.ceil((before * 8) / 6)
    return encoded.slice(from, Math.floor(((before + bytes.length) * 8) / 6))
  })
  return [text, bytes.toString('hex'), ...base64]
}
