/* global Headers, Request */
// Tests a receiver on an edge runtime, which has `fetch` and Web Crypto but none of Node's modules: it reads its keyset
// from KMS with calls that it signs itself, verifies callbacks, answers a probe, and survives an outage.
import { admit, createReplayGuard, createVerifier, kmsKeyset } from 'live-key-rotator/receiver'
import { webReceiver } from 'live-key-rotator/receiver/web'
import { callbackHeaders, generateKey } from 'live-key-rotator/testing'

/**
 * @param {string} endpoint - The endpoint of a KMS whose secret has one current key.
 * @param {string} key - That key.
 * @returns {Promise<string[]>} What went wrong.
 */
export async function check(endpoint, key) {
  /** @type {string[]} */
  const wrong = []
  /** @param {string} what @param {unknown} got @param {unknown} wanted */
  const expect = (what, got, wanted) => {
    if (got !== wanted) wrong.push(`${what}: got ${String(got)}, expected ${String(wanted)}`)
  }
  const host = 'hooks.example.com'
  const credentials = { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token' }
  const keyset = kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot', endpoint, credentials })
  const verify = createVerifier({ keyset, host })

  expect('genuine', (await verify(new Headers(callbackHeaders({ host, key })))).verdict, 'accepted')
  expect('forged', (await verify(callbackHeaders({ host, key: generateKey() }))).verdict, 'rejected')
  expect('fresh', keyset.status().fresh, true)
  const probe = await admit(verify, callbackHeaders({ host, key, probe: true }))
  expect('probe', probe.kind === 'answer' && probe.status, 204)
  expect('instance', /^[0-9a-f]{12}$/.test(verify.evidence()?.instance ?? ''), true)

  const replays = createReplayGuard()
  let worked = 0
  const receive = webReceiver(verify, async (callback, request) => {
    await replays.once(callback, await request.text(), () => ++worked)
  })
  const headers = callbackHeaders({ host, key })
  for (let i = 0; i < 2; i++) {
    const answer = await receive(new Request(`https://${host}/`, { method: 'POST', headers, body: '{}' }))
    expect('answer', answer.status, 200)
  }
  expect('work', worked, 1)
  keyset.close()

  const down = kmsKeyset({
    region: 'cn-shanghai',
    secret: 'live/snapshot',
    endpoint: 'http://127.0.0.1:1',
    credentials,
    timeout: 1_000,
  })
  const unread = await createVerifier({ keyset: down, host })(headers).catch((error) => error.code)
  expect('without a keyset', unread, 'unavailable')
  down.close()
  return wrong
}
