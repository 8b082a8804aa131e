import { describe, expect, it } from 'vitest'
import { instanceId } from '../../lib/receiver/instance-id.ts'
import { cachedKeyset, createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { documentOf, HOST, NOW, signed } from './support.ts'

const ONE = documentOf([['current', 'one']])
const TWO = documentOf(
  [
    ['pending', 'two'],
    ['current', 'one'],
  ],
  { revision: 2 },
)
const THREE = documentOf(
  [
    ['pending', 'three'],
    ['compromised', 'two'],
    ['compromised', 'one'],
  ],
  { revision: 3 },
)

/** A receiver whose secret is what the test says, every read counted. */
function setUp(document = ONE) {
  const clock = new TestClock(NOW)
  const secret = { document, reads: 0 }
  const read = (): Promise<unknown> => {
    secret.reads++
    return Promise.resolve(secret.document)
  }
  const keyset = cachedKeyset(read, { clock, cooldown: 10_000 })
  const verify = createVerifier({ keyset, host: HOST, clock, tolerance: 86_400 })
  return { clock, secret, keyset, verify }
}

describe('evidence()', () => {
  it('names the instance and the document in use, and nothing before the first document', async () => {
    const { secret, keyset, verify } = setUp()
    expect(verify.evidence()).toBeNull()
    await keyset.load()
    const { instance } = keyset
    expect(instance).toMatch(/^[0-9a-f]{12}$/)
    expect(verify.evidence()).toEqual({ instance, lineage: 'aaaaaaaaaaaa', revision: 1 })
    secret.document = TWO
    await verify(signed('two'))
    expect(verify.evidence()).toEqual({ instance, lineage: 'aaaaaaaaaaaa', revision: 2 })
  })

  it('is null while no keyset may be used', async () => {
    const { clock, keyset, verify } = setUp()
    await keyset.load()
    keyset.close()
    await clock.advance(60_000)
    expect(verify.evidence()).toBeNull()
  })

  it('shows one instance for each source', () => {
    const keyset = staticKeyset(ONE)
    const shown = (source: typeof keyset) =>
      createVerifier({ keyset: source, host: HOST }).evidence()?.instance
    expect(shown(keyset)).toBe(shown(keyset))
    expect(shown(staticKeyset(ONE))).not.toBe(shown(keyset))
  })

  it('shows another instance in another process with the same memory', () => {
    let pid = 100
    const id = instanceId(() => pid)
    const before = id()
    expect(id()).toBe(before)
    pid = 101
    const after = id()
    expect(after).not.toBe(before)
    expect(id()).toBe(after)
  })
})

describe('a probe under an unknown key', () => {
  it('causes a read at once, even if strangers have used up their cooldown', async () => {
    const { secret, verify } = setUp()
    await verify(signed('one'))
    await verify(signed('forged'))
    expect(secret.reads).toBe(2)
    secret.document = TWO
    expect((await verify(signed('two'))).verdict).toBe('rejected')
    expect(secret.reads).toBe(2)
    expect((await verify(signed('two'), { probe: true })).verdict).toBe('accepted')
    expect(secret.reads).toBe(3)
    expect(verify.evidence()?.revision).toBe(2)
  })

  it('reads at most once in 2 seconds, and leaves the cooldown of others alone', async () => {
    const { clock, secret, verify } = setUp()
    await verify(signed('one'))
    for (let i = 0; i < 5; i++) await verify(signed('made up'), { probe: true })
    expect(secret.reads).toBe(2)
    await clock.advance(1_999)
    await verify(signed('made up'), { probe: true })
    expect(secret.reads).toBe(2)
    await verify(signed('forged'))
    expect(secret.reads).toBe(3)
    await clock.advance(1)
    await verify(signed('made up'), { probe: true })
    expect(secret.reads).toBe(4)
  })

  it('shows that a leaked key has been cut off, whatever the probe was signed with', async () => {
    const { secret, verify } = setUp(TWO)
    await verify(signed('one'))
    secret.document = THREE
    expect((await verify(signed('made up'), { probe: true })).verdict).toBe('rejected')
    expect((await verify(signed('three'), { probe: true })).verdict).toBe('accepted')
    expect(verify.evidence()?.revision).toBe(3)
    expect((await verify(signed('one'), { probe: true })).verdict).toBe('quarantined')
  })
})
