import { expect, test } from 'vitest'
import { showKeyset } from '../../lib/cli/commands/keyset/run.ts'
import type { Services } from '../../lib/cli/services.ts'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import { staticKeyset } from '../../lib/receiver/index.ts'
import { run } from '../../lib/rotation/run.ts'
import { TestClock } from '../support/clock.ts'
import { contextOf, ioFor } from './support.ts'

const KEYS = [Key.generate(), Key.generate(), Key.generate(), Key.generate()]
const [key, inEntry, inRevoked, inDocument] = KEYS.map((one) => one.reveal())
const AT = '2026-11-24T08:00:00.000Z'
const NOTICE = { cause: 'failed:denied', since: AT, count: 1, toldAt: null }

/** A document that a newer version wrote: some of its fields hold keys. */
const KEYSET = readKeyset({
  format: 'live-keyset/1',
  lineage: 'a-lineage',
  group: 'default',
  revision: 3,
  ttl: 60_000,
  updatedAt: AT,
  keys: [{ kid: KEYS[0]?.kid, key, state: 'current', appliedAt: AT, formerKey: inEntry, spare: 1 }],
  revoked: [{ kid: '0f3a0f3a0f3a', at: AT, was: inRevoked }],
  notices: [NOTICE],
  backup: { key: inDocument },
})

const services: Services = {
  connect: () =>
    Promise.resolve({
      open: () =>
        Promise.resolve({
          keysets: { load: () => Promise.resolve({ keyset: KEYSET }) },
        } as unknown as GroupPorts),
    }),
  run,
}

const show = (reveal: boolean) => {
  const env = { ROTATOR_CONFIG: 'test/cli/rotation.yaml' }
  return showKeyset(reveal ? { reveal } : {}, contextOf({ ...ioFor(new TestClock()), env }, services))
}

test('shows the fields that it knows, and says where it left out others', async () => {
  const { document, text } = await show(false)
  expect(document).toMatchObject({
    group: 'default',
    keys: [
      { key: String(KEYS[0]), appliedAt: AT, leftOut: '2 fields of another version: --reveal shows all' },
    ],
    revoked: [{ at: AT, leftOut: '1 field of another version: --reveal shows all' }],
    notices: [NOTICE],
    leftOut: '1 field of another version: --reveal shows all',
  })
  expect(text).not.toMatch(/formerKey|backup/)
  expect(KEYS.filter((one) => text.includes(one.reveal()))).toEqual([])
})

test('prints with --reveal a document that a receiver can be pinned to', async () => {
  const source = staticKeyset((await show(true)).text)
  expect(source.peek()).toEqual(KEYSET)
})

test('shows with --reveal the document as it is stored', async () => {
  expect((await show(true)).document).toEqual(JSON.parse(serializeKeyset(KEYSET)))
})
