import { expect, it } from 'vitest'
import { newKeyset } from '../../lib/keyset/keyset.ts'
import { MOST_NOTICES, noticesOf, withNotices, type Notice } from '../../lib/rotation/report/notices.ts'

const notice = (cause: string): Notice => ({
  cause,
  since: '2026-11-24T08:00:00.000Z',
  count: 2,
  toldAt: null,
})
const keyset = newKeyset('default', 'abc')

it.each<unknown>([null, 'text', { length: 1 }, 7, undefined])(
  'has no notices without a list: %j',
  (notices) => {
    expect(noticesOf({ ...keyset, extra: { notices } })).toEqual([])
  },
)

it('skips what another version wrote and it does not understand, and reads the rest', () => {
  const strange = [null, 'text', 7, [], { cause: 'failed' }, { ...notice('failed'), count: '2' }]
  const told = { ...notice('failed:denied'), toldAt: '2026-11-24T09:00:00.000Z', more: true }
  const notices = [...strange, told, { ...notice('overlapMax:9c11'), toldAt: 5 }]
  const { more: _, ...known } = told
  expect(noticesOf({ ...keyset, extra: { notices } })).toEqual([known, notice('overlapMax:9c11')])
})

it("are few and short, because the document's bytes belong to its keys", () => {
  const notices = Array.from({ length: 30 }, (_, index) =>
    notice(`domainFailed:live${index}.${'a'.repeat(500)}`),
  )
  const read = noticesOf({ ...keyset, extra: { notices } })
  expect(read).toHaveLength(MOST_NOTICES)
  for (const { cause } of read) expect(cause.length).toBeLessThanOrEqual(120)
})

it('leave other extra fields alone, and disappear without a trace', () => {
  const other = { ...keyset, extra: { other: 1 } }
  const noted = withNotices(other, [notice('failed')])
  expect(noted.extra).toEqual({ other: 1, notices: [notice('failed')] })
  expect(withNotices(noted, [])).toEqual(other)
})
