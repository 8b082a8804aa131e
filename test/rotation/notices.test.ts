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

it.each<unknown>([null, 'text', { length: 1 }, 7, undefined])('no list is no notices: %j', (notices) => {
  expect(noticesOf({ ...keyset, extra: { notices } })).toEqual([])
})

it('what another version wrote is left out where it is not understood, and the rest is read', () => {
  const strange = [null, 'text', 7, [], { cause: 'failed' }, { ...notice('failed'), count: '2' }]
  const told = { ...notice('failed:denied'), toldAt: '2026-11-24T09:00:00.000Z', more: true }
  const notices = [...strange, told, { ...notice('overlapMax:9c11'), toldAt: 5 }]
  const { more: _, ...known } = told
  expect(noticesOf({ ...keyset, extra: { notices } })).toEqual([known, notice('overlapMax:9c11')])
})

it('are few and short, for the bytes of the document belong to its keys', () => {
  const notices = Array.from({ length: 30 }, (_, index) =>
    notice(`domainFailed:live${index}.${'a'.repeat(500)}`),
  )
  const read = noticesOf({ ...keyset, extra: { notices } })
  expect(read).toHaveLength(MOST_NOTICES)
  for (const { cause } of read) expect(cause.length).toBeLessThanOrEqual(120)
})

it('leave other extra fields as they are, and go without a trace when there are none', () => {
  const other = { ...keyset, extra: { other: 1 } }
  const noted = withNotices(other, [notice('failed')])
  expect(noted.extra).toEqual({ other: 1, notices: [notice('failed')] })
  expect(withNotices(noted, [])).toEqual(other)
})
