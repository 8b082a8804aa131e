import { describe, expect, it } from 'vitest'
import { createVerifier } from '../../lib/receiver/index.ts'
import { buildKeyset, callbackHeaders, fakeKeyset, generateKey } from '../../lib/receiver/testing.ts'
import { HOST, kid } from './support.ts'

function verifyHeaders(verify: ReturnType<typeof createVerifier>, headers: Record<string, string>) {
  return verify({ timestamp: headers['ali-live-timestamp'], signature: headers['ali-live-signature'] })
}

describe('what users test their receivers with', () => {
  it('plays a rotation', async () => {
    const [first, second] = [generateKey(), generateKey()]
    const keyset = fakeKeyset(buildKeyset({ current: first }))
    const verify = createVerifier({ keyset, host: HOST })
    const old = callbackHeaders({ host: HOST, key: first })
    const fresh = callbackHeaders({ host: HOST, key: second })
    expect(await verifyHeaders(verify, fresh)).toMatchObject({ verdict: 'rejected' })
    keyset.publish(JSON.stringify(buildKeyset({ pending: second, current: first, revision: 2 })))
    expect(await verifyHeaders(verify, fresh)).toEqual({
      verdict: 'accepted',
      kid: kid(second),
      state: 'pending',
    })
    keyset.publish(buildKeyset({ current: second, previous: [first], revision: 3 }))
    expect(await verifyHeaders(verify, old)).toEqual({
      verdict: 'accepted',
      kid: kid(first),
      state: 'previous',
    })
    keyset.publish(buildKeyset({ current: second, compromised: [first], revision: 4 }))
    expect(await verifyHeaders(verify, old)).toMatchObject({ verdict: 'quarantined' })
    keyset.goDown()
    await expect(verifyHeaders(verify, old)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(keyset.reload()).rejects.toMatchObject({ code: 'unavailable' })
    expect(keyset.fresh).toBe(false)
  })

  it('signs the official example', () => {
    const example = { host: 'learn.aliyundoc.com', key: 'yourkey', now: 1519375990_000 }
    expect(callbackHeaders({ ...example, probe: true })).toEqual({
      'ali-live-timestamp': '1519375990',
      'ali-live-signature': '9e226fc2c250be266e3657e156f68c12',
      'x-live-key-probe': '1',
    })
    expect(callbackHeaders({ ...example, now: new Date(example.now) })).not.toHaveProperty('x-live-key-probe')
  })

  it('builds no keyset that could not exist', () => {
    expect(() => buildKeyset({ current: 'same', previous: ['same'] })).toThrow('twice')
  })
})
