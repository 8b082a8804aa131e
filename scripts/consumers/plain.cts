import { createServer } from 'node:http'
import { createVerifier, RotatorError, staticKeyset } from 'live-key-rotator/receiver'
import { nodeReceiver } from 'live-key-rotator/receiver/node'
import { buildKeyset, callbackHeaders } from 'live-key-rotator/receiver/testing'

const verify = createVerifier({
  keyset: staticKeyset(buildKeyset({ current: 'key' })),
  host: 'hooks.example.com',
})
createServer(nodeReceiver(verify, () => undefined))
export const headers: Record<string, string> = callbackHeaders({ host: 'hooks.example.com', key: 'key' })
export const isOurs = (error: unknown): boolean =>
  error instanceof RotatorError && error.code === 'unavailable'
