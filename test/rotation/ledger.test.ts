import { beforeEach, describe, expect, it } from 'vitest'
import { momentOf, type Moment } from '../../lib/core/clock.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { InvalidKeyset } from '../../lib/keyset/invalid.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type Keyset } from '../../lib/keyset/keyset.ts'
import { importPrevious } from '../../lib/keyset/moves/import-keys.ts'
import { promote, stage } from '../../lib/keyset/moves/stage.ts'
import type { KeysetStore, LoadedKeyset, Pass } from '../../lib/rotation/ports.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import { FENCE_MS, Ledger } from '../../lib/rotation/state/ledger.ts'
import { TestClock } from '../support/clock.ts'
import { groupConfig, MINUTE } from '../support/model-cloud.ts'

const START = Date.UTC(2026, 10, 24, 8)
const conflict = new RotatorError('conflict', 'taken', { retryable: true })
const invalid = new InvalidKeyset('invalid keyset document: keys must be an array')

const document = (revision: number, fields: Partial<Keyset> = {}): Keyset => ({
  ...importPrevious(newKeyset('default', 'abc'), [Key.of(`key-${'x'.repeat(20)}`)], START),
  revision,
  ttl: MINUTE,
  ...fields,
})

/** What the store answers, and what was asked of it. */
class Store implements KeysetStore {
  readonly clock: TestClock
  stored: Keyset | null = null
  behind: string | null = null
  storedAt: number | undefined
  latencyMs = 5
  failures: Error[] = []
  readonly asked: string[] = []
  /** What another run saves right before each save of this one. */
  overtaking: Keyset[] = []

  constructor(clock: TestClock) {
    this.clock = clock
  }

  async #call(name: string): Promise<Moment> {
    this.asked.push(name)
    const began = momentOf(this.clock)
    await this.clock.sleep(this.latencyMs)
    const failure = this.failures.shift()
    if (failure) throw failure
    return began
  }

  async load(): Promise<LoadedKeyset> {
    const { stored: keyset, behind: currentIsBehind, storedAt } = this
    const loadedAt = await this.#call('load')
    return { keyset, loadedAt, currentIsBehind, ...(storedAt !== undefined && { storedAt }) }
  }

  async save(next: Keyset): Promise<LoadedKeyset> {
    const loadedAt = await this.#call(`save ${next.revision}`)
    const other = this.overtaking.shift()
    if (other) {
      this.stored = other
      throw conflict
    }
    this.stored = next
    this.behind = null
    return { keyset: next, loadedAt, currentIsBehind: null }
  }

  async recover(): Promise<LoadedKeyset> {
    const loadedAt = await this.#call('recover')
    return { keyset: this.stored, loadedAt, currentIsBehind: this.behind }
  }

  isListed(): Promise<boolean> {
    this.asked.push('isListed')
    return Promise.resolve(false)
  }

  async moveCurrentForward(): Promise<void> {
    await this.#call(`move to ${this.stored?.revision}`)
    this.behind = null
  }
}

let clock: TestClock
let store: Store
let ledger: Ledger
let log: LogEvent[]

beforeEach(() => {
  clock = new TestClock(START)
  store = new Store(clock)
  log = []
  ledger = new Ledger({ store, group: groupConfig(), clock, log: (event) => void log.push(event) })
})

const withKey = (keyset: Keyset): Keyset => importPrevious(keyset, [Key.generate()], START)
const change = (move = withKey): Promise<boolean> => clock.run(ledger.change('imported', move))

describe('what was read', () => {
  it('is nothing before the first reading', () => {
    expect(ledger.keyset).toBeNull()
    expect(ledger.wasRead).toBe(false)
    expect(ledger.storedAt).toBeUndefined()
    expect(ledger.currentIsBehind).toBeNull()
    expect(ledger.recovered).toBe(false)
  })

  it('is used before it is read only by a bug', async () => {
    await expect(ledger.change('imported', withKey)).rejects.toThrow(
      new TypeError('the keyset is used before it was loaded'),
    )
  })

  it('may be that there is no keyset', async () => {
    await clock.run(ledger.load())
    expect(ledger.wasRead).toBe(true)
    expect(ledger.keyset).toBeNull()
  })

  it('is the document, when it was stored, and what ACSCurrent is on', async () => {
    Object.assign(store, { stored: document(3), storedAt: START - 7, behind: 'keyset-00000002' })
    await clock.run(ledger.load())
    expect(ledger.keyset).toEqual(document(3))
    expect(ledger.storedAt).toBe(START - 7)
    expect(ledger.currentIsBehind).toBe('keyset-00000002')
  })

  it('of another group is refused, and the message says what to do', async () => {
    store.stored = document(3, { group: 'other' })
    await expect(clock.run(ledger.load())).rejects.toThrow(
      'secret live/snapshot-callback/default holds the keyset of group other, not of default; give each group a secret of its own',
    )
  })

  it('never steps back to an older revision of its lineage, but may change to another lineage', async () => {
    store.stored = document(5)
    await clock.run(ledger.load())
    store.stored = document(4)
    await clock.run(ledger.load())
    expect(ledger.keyset?.revision).toBe(5)
    store.stored = document(4, { lineage: 'def' })
    await clock.run(ledger.load())
    expect(ledger.keyset?.revision).toBe(4)
  })

  it('makes a new generation if another run has saved, and only then', async () => {
    store.stored = document(5)
    await clock.run(ledger.load())
    await clock.run(ledger.load())
    expect(ledger.generation).toBe(0)
    await change()
    expect(ledger.generation).toBe(0)
    store.stored = document(7)
    await clock.run(ledger.load())
    expect(ledger.generation).toBe(1)
  })

  it('makes a new generation if another run was the first to save', async () => {
    await clock.run(ledger.load())
    await clock.run(ledger.load())
    expect(ledger.generation).toBe(0)
    store.stored = document(1)
    await clock.run(ledger.load())
    expect(ledger.generation).toBe(1)
  })
})

describe('an invalid document', () => {
  beforeEach(() => {
    store.stored = document(3)
    store.failures = [invalid]
  })

  it('is returned, and the ledger continues from what was recovered, which the next save restores', async () => {
    expect(await clock.run(ledger.loadOrRecover())).toBe(invalid)
    expect(ledger.recovered).toBe(true)
    expect(store.asked).toEqual(['load', 'recover'])
    // Even a move that changes nothing is saved then.
    expect(await change((keyset) => keyset)).toBe(true)
    expect(ledger.recovered).toBe(false)
    expect(await change((keyset) => keyset)).toBe(false)
  })

  it('is brought forward by a save, unless nothing was recovered', async () => {
    await clock.run(ledger.loadOrRecover())
    await clock.run(ledger.bringForward())
    expect(store.asked).toEqual(['load', 'recover', 'save 4'])
    expect(log).toEqual([{ level: 'info', event: 'saved', revision: 4, change: 'restored' }])
    store.failures = [invalid]
    store.stored = document(9, { keys: [] })
    await clock.run(ledger.loadOrRecover())
    await clock.run(ledger.bringForward())
    expect(store.asked.slice(3)).toEqual(['load', 'recover'])
  })

  it('no longer counts as recovered once it is read again', async () => {
    await clock.run(ledger.loadOrRecover())
    await clock.run(ledger.load())
    expect(ledger.recovered).toBe(false)
  })

  it('is the only failure that is recovered from', async () => {
    const denied = new RotatorError('denied', 'no')
    store.failures = [denied]
    await expect(clock.run(ledger.loadOrRecover())).rejects.toBe(denied)
    store.failures = []
    expect(await clock.run(ledger.loadOrRecover())).toBeUndefined()
    expect(ledger.recovered).toBe(false)
  })
})

describe('ACSCurrent', () => {
  it('on an older keyset is moved to the newest, and the move is read back', async () => {
    Object.assign(store, { stored: document(3), behind: 'keyset-00000002' })
    await clock.run(ledger.load())
    await clock.run(ledger.bringForward())
    expect(store.asked).toEqual(['load', 'move to 3', 'load'])
    expect(ledger.currentIsBehind).toBeNull()
  })

  it('on a foreign version needs its own save, which replaces it', async () => {
    Object.assign(store, { stored: document(3), behind: 'by-hand' })
    await clock.run(ledger.load())
    await clock.run(ledger.bringForward())
    expect(store.asked).toEqual(['load', 'save 4'])
    expect(log).toEqual([{ level: 'info', event: 'saved', revision: 4, change: 'savedAgain' }])
  })

  it('on a foreign version needs no save of its own once another run has saved', async () => {
    Object.assign(store, { stored: document(3), behind: 'by-hand' })
    await clock.run(ledger.load())
    store.overtaking = [document(4)]
    store.behind = null
    await clock.run(ledger.bringForward())
    expect(store.asked).toEqual(['load', 'save 4', 'load'])
  })

  it('on the newest is left alone', async () => {
    store.stored = document(3)
    await clock.run(ledger.load())
    await clock.run(ledger.bringForward())
    expect(store.asked).toEqual(['load'])
  })

  it('is listed if the store says so', async () => {
    expect(await ledger.isListed()).toBe(false)
    expect(store.asked).toEqual(['isListed'])
  })
})

describe('a change', () => {
  beforeEach(async () => {
    store.stored = document(3)
    await clock.run(ledger.load())
  })

  it('is saved as the next revision, and recorded with its kind', async () => {
    expect(await change()).toBe(true)
    expect(ledger.keyset).toMatchObject({ revision: 4, ttl: MINUTE, lineage: 'abc' })
    expect(ledger.keyset?.keys).toHaveLength(2)
    expect(log).toEqual([{ level: 'info', event: 'saved', revision: 4, change: 'imported' }])
    // When the answer came: KMS has stored it by then.
    expect(ledger.storedAt).toBe(clock.now())
  })

  it('is not saved if nothing changed', async () => {
    expect(await change(() => ledger.keyset ?? document(3))).toBe(false)
    expect(await clock.run(ledger.change('imported', () => null))).toBe(false)
    expect(store.asked).toEqual(['load'])
    expect(log).toEqual([])
  })

  it('creates the first document under its own lineage', async () => {
    store.stored = null
    const fresh = new Ledger({ store, group: groupConfig(), clock, log: () => undefined })
    await clock.run(fresh.load())
    await clock.run(fresh.change('staged', withKey))
    expect(fresh.keyset).toMatchObject({ revision: 1, group: 'default' })
    expect(fresh.keyset?.lineage).toMatch(/^[0-9a-f]{12}$/)
  })

  it('is repeated on what another run saved in the meantime', async () => {
    store.overtaking = [document(4, { ttl: 5_000 })]
    const seen: number[] = []
    await change((keyset) => {
      seen.push(keyset.revision)
      return withKey(keyset)
    })
    expect(seen).toEqual([3, 4])
    expect(ledger.keyset?.revision).toBe(5)
    expect(log).toEqual([
      { level: 'info', event: 'conflict', revision: 4 },
      { level: 'info', event: 'saved', revision: 5, change: 'imported' },
    ])
  })

  it('gives up after ten conflicts', async () => {
    store.overtaking = Array.from({ length: 20 }, (_, index) => document(4 + index))
    await expect(change()).rejects.toBe(conflict)
    expect(store.asked.filter((call) => call.startsWith('save'))).toHaveLength(11)
  })

  it('that fails otherwise is not retried', async () => {
    const denied = new RotatorError('denied', 'no')
    store.failures = [denied]
    await expect(change()).rejects.toBe(denied)
    expect(store.asked).toEqual(['load', 'save 4'])
  })

  it('says what was dropped to fit in', async () => {
    const gaveWay: unknown[] = []
    const telling = new Ledger({
      store,
      group: groupConfig(),
      clock,
      log: () => undefined,
      onGaveWay: (each) => void gaveWay.push(each),
    })
    await clock.run(telling.load())
    const discovered = Array.from({ length: 900 }, (_, index) => `live${index}.example.com`)
    await clock.run(telling.change('known', (keyset) => ({ ...withKey(keyset), discovered })))
    expect(gaveWay).toEqual([{ kind: 'discovered' }])
  })
})

describe('a set is allowed', () => {
  const [old, fresh] = [Key.of('old'.repeat(8)), Key.of('fresh'.repeat(5))]
  const options = { ttlMs: MINUTE }
  const rotated = promote(stage(newKeyset('default', 'abc'), old, options, START), START)
  const staged = { ...stage(rotated, fresh, options, START), revision: 3 }

  /** Reads, and lets the reading grow old. */
  async function readAgo(ms: number, keyset: Keyset = staged): Promise<void> {
    store.stored = keyset
    store.latencyMs = 0
    await clock.run(ledger.load())
    await clock.advance(ms)
    store.asked.length = 0
  }
  const isAllowed = (kid: string, currentIsToSet?: (keyset: Keyset) => boolean): Promise<Pass> =>
    clock.run(ledger.stillToSet(kid, currentIsToSet))

  it('to the pending key, and to the current one only while that is still to be set', async () => {
    await readAgo(0)
    await isAllowed(fresh.kid)
    await expect(isAllowed(old.kid)).rejects.toMatchObject({ code: 'fenced' })
    await isAllowed(old.kid, (keyset) => keyset.revision === 3)
    await expect(isAllowed('0'.repeat(12), () => true)).rejects.toThrow(
      'another run took over, and key 000000000000 is no longer the one to set. ' +
        'This run sets nothing more; the other run or the next reconcile finishes',
    )
  })

  it('for as long as the reading is young, and the document the same', async () => {
    await readAgo(4_000)
    const holds = await isAllowed(fresh.kid)
    expect(holds()).toBe(true)
    await clock.advance(5_999)
    expect(holds()).toBe(true)
    await clock.advance(1)
    expect(holds()).toBe(false)
    await readAgo(0)
    const again = await isAllowed(fresh.kid)
    store.stored = { ...rotated, revision: 4 }
    await clock.run(ledger.load())
    expect(again()).toBe(false)
  })

  it('never without a document', async () => {
    await clock.run(ledger.load())
    await expect(isAllowed(fresh.kid)).rejects.toMatchObject({ code: 'fenced' })
  })

  it('on a reading of less than five seconds, without another', async () => {
    await readAgo(4_999)
    await isAllowed(fresh.kid)
    expect(store.asked).toEqual([])
  })

  it('on a reading of less than ten seconds, while another one runs', async () => {
    await readAgo(5_000)
    store.latencyMs = 60_000
    const before = clock.now()
    await ledger.stillToSet(fresh.kid)
    expect(clock.now()).toBe(before)
    expect(store.asked).toEqual(['load'])
    // The second one shares it.
    await ledger.stillToSet(fresh.kid)
    expect(store.asked).toEqual(['load'])
  })

  it('after another reading, if the last one is ten seconds old', async () => {
    expect(FENCE_MS).toBe(10_000)
    await readAgo(10_000)
    store.stored = { ...rotated, revision: 4 }
    await expect(isAllowed(fresh.kid)).rejects.toMatchObject({ code: 'fenced' })
    expect(store.asked).toEqual(['load'])
  })

  it('whatever error a concurrent reading has: it surfaces when a set needs it', async () => {
    await readAgo(9_000)
    const down = new RotatorError('unavailable', 'down')
    store.failures = [down, down]
    await isAllowed(fresh.kid)
    await clock.advance(1_000)
    await expect(isAllowed(fresh.kid)).rejects.toBe(down)
  })

  it('never on readings that take too long: after three of them, nobody knows', async () => {
    await readAgo(10_000)
    store.latencyMs = 10_000
    await expect(isAllowed(fresh.kid)).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message:
        'secret live/snapshot-callback/default cannot be read within 10 s, so it is unknown whether this run may still ' +
        'set keys; the next run continues',
    })
    expect(store.asked).toEqual(['load', 'load', 'load'])
  })

  it('and a reading that is requested twice at a time is made once, and made again later', async () => {
    await readAgo(0)
    await clock.run(Promise.all([ledger.readAgain(), ledger.readAgain()]))
    expect(store.asked).toEqual(['load'])
    await clock.run(ledger.readAgain())
    expect(store.asked).toEqual(['load', 'load'])
  })
})
