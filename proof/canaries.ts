/** What must never be seen, besides the keys that are generated. A key gets a number appended, so that it is new each time. */
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

/** Something that people, other programs or other servers see. */
export interface Shown {
  readonly where: string
  readonly text: string
}

/** This many of a secret's first characters count as a leak. */
const TELLING = 10

/** The secrets that went in, and how to recognise one that comes out. */
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

  /** The kinds whose leak would not be found, in plain spelling or in one that a program may give it. */
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

/** Plain, in hexadecimal, and in base64 at each of the three possible byte offsets. */
function spellings(text: string): string[] {
  const bytes = Buffer.from(text)
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    // Leaves out digits that contain bits of what comes before or after the text.
    const from = Math.ceil((before * 8) / 6)
    return encoded.slice(from, Math.floor(((before + bytes.length) * 8) / 6))
  })
  return [text, bytes.toString('hex'), ...base64]
}
