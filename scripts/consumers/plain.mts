import { createServer } from 'node:http'
import { createVerifier, kmsKeyset, type Verification } from 'live-key-rotator/receiver'
import { fcBody, fcReceiver } from 'live-key-rotator/receiver/fc'
import { nodeReceiver } from 'live-key-rotator/receiver/node'
import { webReceiver } from 'live-key-rotator/receiver/web'
import { buildKeyset, fakeKeyset } from 'live-key-rotator/testing'

const verify = createVerifier({
  keyset: kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot-callback/default' }),
  host: ['hooks.example.com', 'hooks.example.com:8443'],
  onVerified: ({ kid, verdict }) => `${kid} ${verdict}`,
})
const told = (answer: Verification): string => (answer.verdict === 'rejected' ? answer.reason : answer.kid)
export const answer: string = told(await verify({ timestamp: undefined, signature: ['a', 'b'] }))

createServer(
  nodeReceiver(verify, (callback, request, response) => response.end(callback.kid + request.method)),
)
export const POST = webReceiver(verify, async (callback, request) => {
  await request.json()
  return callback.verdict === 'accepted' ? new Response('ok') : undefined
})
export const GET = webReceiver(verify, () => undefined)
export const handler = fcReceiver(verify, async (_, event) => {
  await Promise.resolve(fcBody(event))
  return undefined
})
fakeKeyset(buildKeyset({ current: 'key' })).goDown()
