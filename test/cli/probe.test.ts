import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../lib/core/local-server.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import { signCallback } from '../../lib/keyset/signature.ts'
import { cliOn, flat, storeKeyset } from './on-emulator.ts'
import { CONFIG } from './support.ts'

const [current, pending] = [Key.generate(), Key.generate()]
const LINEAGE = '5b0c2f9e41d7'

let emulator: Emulator
let servers: Server[]
beforeEach(async () => {
  servers = []
  emulator = await startEmulator({ domains: 1 })
  storeKeyset(emulator, [
    { key: pending, state: 'pending' },
    { key: current, state: 'current' },
  ])
})
afterEach(async () => {
  for (const server of servers) server.close()
  await emulator.close()
})

/** A receiver that knows `keys`, its connections spread over instances with these revisions. */
async function receiver(keys: readonly Key[], revisions: readonly number[]): Promise<string> {
  let connections = 0
  const server = createServer(({ headers }, response) => {
    const [timestamp, signature] = [headers['ali-live-timestamp'], headers['ali-live-signature']]
    const knows = keys.some((key) => signCallback('127.0.0.1', String(timestamp), key.reveal()) === signature)
    if (!knows) return response.writeHead(401).end()
    const instance = connections++ % revisions.length
    return response
      .writeHead(204, {
        'x-live-key-instance': `00000000000${instance}`,
        'x-live-key-lineage': LINEAGE,
        'x-live-key-revision': String(revisions[instance]),
      })
      .end()
  })
  servers.push(server)
  return `http://127.0.0.1:${await listen(server)}/live/snapshot`
}

const probe = async (...args: string[]) => {
  const { code, out } = await cliOn(emulator, ['probe', ...args, '--json'])
  return { code, ...(JSON.parse(out) as Record<string, unknown>) }
}

describe('probe', () => {
  it('asks for the pending key, and finds every instance', async () => {
    const url = await receiver([current, pending], [1, 1, 1])
    expect(await probe(url)).toEqual({
      code: 0,
      ok: true,
      receivers: [
        {
          url,
          status: 204,
          accepted: true,
          instances: [0, 1, 2].map((id) => ({ id: `00000000000${id}`, lineage: LINEAGE, revision: 1 })),
        },
      ],
    })
  })

  it('says which receivers refuse, and ends with what to do next', async () => {
    const url = await receiver([current], [1])
    const { code, out } = await cliOn(emulator, ['probe', url])
    expect(code).toBe(1)
    expect(out).toContain(`refuses key ${pending.kid} (pending)`)
    expect(flat(out)).toContain('it answered 401')
    expect(out).toMatch(/\nnext: live-key-rotator doctor\n$/)
    expect(await probe(url, '--key', 'current')).toMatchObject({ code: 0, ok: true })
    expect(await probe(url, '--key', pending.kid)).toMatchObject({ code: 1, ok: false })
  })

  it('shows an instance that is behind', async () => {
    storeKeyset(emulator, [{ key: current, state: 'current' }], { revision: 2 })
    const url = await receiver([current], [2, 1])
    const { out } = await cliOn(emulator, ['probe', url])
    expect(out).toContain('000000000001 on revision 1 of 2, behind')
    expect(out).not.toContain(current.reveal())
  })

  it('uses the configured probes, and says if nobody listens', async () => {
    const url = await receiver([pending], [1])
    const config = `${CONFIG}    probes: ['${url}', 'http://127.0.0.1:1/gone?token=secret']\n`
    const { code, out } = await cliOn(emulator, ['probe', '--json'], { config })
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      receivers: [
        { url, accepted: true },
        { url: 'http://127.0.0.1:1/gone?…', status: null, accepted: false, instances: [] },
      ],
    })
  })

  it.each([
    ['no URL where none is configured', [], 'name the URLs'],
    ['a URL with credentials', ['https://me:secret@hooks.example.com'], 'without credentials'],
    ['a kid that is not there', ['https://hooks.example.com', '--key', '0f3a0f3a0f3a'], 'no key of that kid'],
    ['another key', ['https://hooks.example.com', '--key', 'secret'], 'it has'],
  ])('refuses %s', async (_, args, message) => {
    const { code, err } = await cliOn(emulator, ['probe', ...args])
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(err).not.toContain('me:secret')
  })
})
