import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'

const KEY = 'abcdefghijklmnopqrstuvwxyz012345'
const PATHS = ['/', '/_emulator/state', '/2023-03-30/functions/f/invocations', '/bucket/object', '/nowhere']

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(() => emulator.close())

function statusOf(path: string, headers: OutgoingHttpHeaders, method = 'POST', body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${emulator.url}${path}`, { method, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

describe('a web page in a browser', () => {
  it.each(PATHS)('is refused at %s, whatever it calls itself', async (path) => {
    const port = String(emulator.port)
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      for (const origin of ['https://example.com', 'null', emulator.url]) {
        expect(await statusOf(path, { origin }, method)).toBe(403)
      }
      expect(await statusOf(path, { 'sec-fetch-site': 'cross-site' }, method)).toBe(403)
      for (const host of [
        'example.com',
        `rebound.example.com:${port}`,
        '192.0.2.1',
        '127.0.0.1.example.com',
        'localhost.example.com',
        '[::2]',
        '0.0.0.0',
        'a b',
      ]) {
        expect([host, await statusOf(path, { host }, method)]).toEqual([host, 403])
      }
    }
  })

  it('changes nothing', async () => {
    const body = JSON.stringify({ name: 'live1.example.com', key: KEY })
    await statusOf('/_emulator/domains', { host: 'example.com' }, 'POST', body)
    await statusOf('/_emulator/domains', { origin: 'https://example.com' }, 'POST', body)
    expect(emulator.world.domain('live1.example.com').auth?.key.reveal()).not.toBe(KEY)
    expect(emulator.calls.of()).toEqual([])
  })

  it("is distinguished from local callers that use this machine's names", async () => {
    const port = String(emulator.port)
    for (const host of [
      `127.0.0.1:${port}`,
      'localhost',
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
      '127.8.9.1',
      `bucket.localhost:${port}`,
    ]) {
      expect(await statusOf('/_emulator/state', { host }, 'GET')).toBe(200)
    }
    expect(await statusOf('/_emulator/state', { 'sec-fetch-site': 'none' }, 'GET')).toBe(200)
  })
})

describe('the input of the control endpoints', () => {
  it.each([
    ['domains', { name: 'live1.example.com', enabled: 'no' }, '"enabled" must be true or false'],
    [
      'domains',
      { name: 'live1.example.com', keys: KEY },
      '"keys" is unknown; there are name, key, enabled, callbackUrl',
    ],
    ['domains', { name: 'live1.example.com', key: 7 }, '"key" must be a non-empty string'],
    ['streams', { domain: 'live1.example.com' }, '"name" must be a non-empty string'],
    ['faults', { kind: 'error', times: 'ever' }, '"times" must be a number or "always"'],
    ['faults', {}, '"kind" must be one of throttle'],
    ['clock', { offsetMs: '1' }, '"offsetMs" must be a number'],
    ['clock', [], 'the body must be a JSON object'],
  ])('%s %j is refused by name', async (path, body, problem) => {
    const response = await fetch(`${emulator.url}/_emulator/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    const text = await response.text()
    expect(response.status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ error: expect.stringContaining(problem) as string })
    expect(text).not.toContain(KEY)
  })
})

describe('the state file', () => {
  it('is written under an unpredictable name, and leaves nothing else behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
    const [stateFile, victim] = [join(folder, 'state.json'), join(folder, 'victim')]
    writeFileSync(victim, 'untouched')
    symlinkSync(victim, `${stateFile}.${process.pid}.tmp`)
    const kept = await startEmulator({ stateFile })
    await kept.close()
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([
      `state.json.${process.pid}.tmp`,
    ])
    rmSync(folder, { recursive: true })
  })
})
