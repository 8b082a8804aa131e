import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kidOf, signCallback } from '../../lib/keyset/index.ts'
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
})

function run(
  command: string,
  args: readonly string[],
  input = '',
): { status: number | null; stdout: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, GO111MODULE: 'off' },
  })
  return { status, stdout: status === 0 ? stdout : `${stdout}${stderr}` }
}

/** Whether a language is on this machine; a test that is left out for it says so by its name. */
function has(command: string, args: readonly string[], version = /./): boolean {
  const { status, stdout } = run(command, args)
  return status === 0 && version.test(stdout)
}

describe('the receivers of docs/receivers hold to the vectors', () => {
  const all = vectors.signatures.length + vectors.kids.length + vectors.verifications.length

  describe.each([
    ['Python', 'python3', ['--version'], ['docs/receivers/verify.py', FILE]],
    ['PHP', 'php', ['--version'], ['docs/receivers/verify.php', FILE]],
    ['Go', 'go', ['version'], ['run', 'docs/receivers/verify.go', FILE]],
  ])('%s', (_, command, version, args) => {
    it.skipIf(!has(command, version))(`holds (left out where ${command} is not on the machine)`, () => {
      expect(run(command, args)).toEqual({ status: 0, stdout: `${all} vectors hold\n` })
    })
  })

  const java = has('java', ['--version'], /^\S+ (1[7-9]|[2-9]\d)\b/)
  it.skipIf(!java)('Java holds (left out where Java 17 is not on the machine)', { timeout: 60_000 }, () => {
    const base64 = (text: string | number | null) => Buffer.from(String(text ?? '')).toString('base64')
    const questions = vectors.verifications.map(({ now, tolerance, hosts, keyset, timestamp, signature }) => {
      const keys = vectors.keysets[keyset]!.keys.map(({ kid, key, state }) => `${kid}\t${key}\t${state}`)
      const fields = [now, tolerance, hosts.join('\n'), keys.join('\n'), timestamp, signature]
      return fields.map(base64).join('\t')
    })
    const answers = vectors.verifications.map(
      ({ verdict, kid, reason }) => `${verdict} ${kid ?? reason ?? ''}`,
    )
    const got = run('java', ['docs/receivers/CallbackVerifier.java'], `${questions.join('\n')}\n`)
    expect(got.stdout.split('\n').slice(0, -1)).toEqual(answers)
  })
})
