// Compiled without any framework installed, and with library checks.
import { createServer } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import {
  admit,
  createVerifier,
  kmsKeyset,
  RotatorError,
  type RequestHeaders,
  type Verification,
} from 'live-key-rotator/receiver'
import { fcBody, fcReceiver } from 'live-key-rotator/receiver/fc'
import { nodeReceiver } from 'live-key-rotator/receiver/node'
import { webReceiver } from 'live-key-rotator/receiver/web'
import { callbackHeaders } from 'live-key-rotator/receiver/testing'
import { buildKeyset, fakeKeyset } from 'live-key-rotator/testing'

declare function store(...what: unknown[]): Promise<void>

const verify = createVerifier({
  keyset: kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot-callback/default' }),
  host: ['hooks.example.com', 'hooks.example.com:8443'],
  onVerified: ({ kid, verdict }) => `${kid} ${verdict}`,
})
export const told = (answer: Verification): string =>
  answer.verdict === 'rejected' ? answer.reason : answer.kid
export const isOurs = (error: unknown): boolean =>
  error instanceof RotatorError && error.code === 'unavailable'
export const headers: Record<string, string> = callbackHeaders({ host: 'hooks.example.com', key: 'key' })
fakeKeyset(buildKeyset({ current: 'key' })).goDown()

export async function another(given: RequestHeaders): Promise<number> {
  const admission = await admit(verify, given, { quarantined: 'pass' })
  if (admission.kind === 'answer') return admission.status + Object.keys(admission.headers).length
  return admission.verification.verdict === 'accepted' ? 200 : 202
}
createServer((request) => void another(request.headers))
void another(new Headers())

// A handler may return nothing, a value, or a promise of either.
createServer(
  nodeReceiver(verify, (callback, request, response) => void response.end(callback.kid + request.method)),
)
createServer(
  nodeReceiver(verify, (callback, request, response) => response.end(callback.kid + request.method)),
)
createServer(nodeReceiver(verify, async (callback) => store(callback), { quarantined: 'refuse' }))
createServer(nodeReceiver(verify, () => 1))
createServer2(nodeReceiver(verify, async (callback, _, response) => void response.end(callback.kid)))
const middleware = nodeReceiver(verify, { quarantined: 'pass' })
createServer((request, response) => middleware(request, response, () => response.end()))
createServer2((request, response) => middleware(request, response, () => response.end()))

export const POST = webReceiver(verify, async (callback, request) => {
  await store(await request.json())
  return callback.verdict === 'accepted' ? new Response('ok') : undefined
})
export const GET = webReceiver(verify, () => undefined)
export const PUT = webReceiver(verify, async (callback) => {
  await store(callback)
})
export const PATCH = webReceiver(
  verify,
  async (callback, request: Request, { params }: { params: Promise<{ app: string }> }) => {
    await store(callback, request.url, (await params).app)
  },
)
export const nextRoute: (
  request: Request & { nextUrl: URL },
  context: { params: Promise<{ app: string }> },
) => Promise<Response> = PATCH
export const protectedRoute = (request: Request) =>
  webReceiver(verify)(request, async ({ liveCallback }) => new Response(liveCallback.kid))

export const handler = fcReceiver(verify, async (_, event) => {
  await store(fcBody(event))
})
export const typedHandler = fcReceiver(verify, (_, event, context: { requestId: string }) =>
  store(context.requestId, event.rawPath),
)
export const silentHandler = fcReceiver(verify, () => undefined)
