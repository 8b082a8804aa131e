import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import { TestClock } from '../support/clock.ts'
import { openApiCore, refusal } from './sdks.ts'

const KEY = 'abcdefghijklmnopqrstuvwxyz012345'
const DOMAIN = 'live1.example.com'

describe('the control endpoints', () => {
  let emulator: Emulator
  beforeEach(async () => {
    emulator = await startEmulator({ domains: 2, streams: 2 })
  })
  afterEach(() => emulator.close())

  async function control(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string; document: Record<string, unknown> }> {
    const answer = await fetch(`${emulator.url}/_emulator/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, document: JSON.parse(text) as Record<string, unknown> }
  }

  it('show the world without keys, unless they are asked for', async () => {
    emulator.world.setKey(DOMAIN, KEY)
    emulator.world.secrets.create('1', 'live/keys', { versionId: 'v1', data: KEY })
    const { document, text } = await control('GET', 'state')
    expect(text).not.toContain(KEY)
    expect(document).toMatchObject({
      domains: [
        { name: DOMAIN, auth: { enabled: true, kid: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown } },
        {},
      ],
      streams: [{ id: `${DOMAIN}/live/stream1`, online: true, pushes: 1 }, {}],
      secrets: [{ name: 'live/keys', versions: [{ id: 'v1', stages: ['ACSCurrent'], bytes: 32 }] }],
    })
    expect((await control('GET', 'state?reveal=1')).text.match(new RegExp(KEY, 'g'))).toHaveLength(2)
  })

  it('make domains drift, come and go', async () => {
    const { text } = await control('POST', 'domains', { name: DOMAIN, key: KEY })
    expect(text).not.toContain(KEY)
    const auth = () => emulator.world.domain(DOMAIN).auth
    expect(auth()?.key.reveal()).toBe(KEY)
    await control('POST', 'domains', { name: DOMAIN, enabled: false })
    expect(auth()).toMatchObject({ enabled: false })
    expect(auth()?.key.reveal()).toBe(KEY)
    await control('POST', 'domains', { name: DOMAIN, key: null })
    expect(auth()).toBeNull()
    await control('POST', 'domains', { name: 'live9.example.com' })
    expect(emulator.world.domain('live9.example.com').ingest).toBe('push9.example.com')
    expect((await control('DELETE', 'domains', { name: DOMAIN })).document).toEqual({ removed: true })
    expect(emulator.world.domains.has(DOMAIN)).toBe(false)
  })

  it('push and stop streams', async () => {
    const pushed = await control('POST', 'streams', { domain: DOMAIN, name: 'stream1' })
    expect(pushed.document).toMatchObject({ online: true, pushes: 2 })
    expect((await control('POST', 'streams', { domain: DOMAIN, name: 'new' })).document).toMatchObject({
      pushes: 1,
    })
    await control('DELETE', 'streams', { domain: DOMAIN, name: 'new' })
    expect(emulator.world.streams.get(`${DOMAIN}/live/new`)?.push).toBeNull()
    const unknown = await control('POST', 'streams', { domain: 'none', name: 'new' })
    expect([unknown.status, unknown.document]).toEqual([400, { error: 'the local cloud has no domain none' }])
  })

  it('inject faults, and count calls', async () => {
    const call = openApiCore(emulator.endpoint)
    await control('POST', 'faults', {
      kind: 'error',
      action: 'QuerySnapshotCallbackAuth',
      times: 2,
      status: 503,
    })
    expect(await refusal(call('QuerySnapshotCallbackAuth', { DomainName: DOMAIN }))).toMatchObject({
      status: 503,
    })
    expect((await control('GET', 'faults')).document).toMatchObject({ waiting: [{ kind: 'error' }] })
    await control('DELETE', 'faults')
    await call('QuerySnapshotCallbackAuth', { DomainName: DOMAIN })
    const { document } = await control('GET', 'calls?log=1&action=QuerySnapshotCallbackAuth')
    expect(document).toMatchObject({
      counts: { QuerySnapshotCallbackAuth: 2 },
      throttled: 0,
      log: [
        { status: 503, code: 'InternalError', target: DOMAIN, fault: 'error' },
        { status: 200, code: null },
      ],
    })
    await control('DELETE', 'calls')
    expect((await control('GET', 'calls')).document).toEqual({ counts: {}, throttled: 0 })
  })

  it('route and drive callbacks', async () => {
    // The cloud itself serves as a receiver that refuses everything.
    const url = `${emulator.url}/hook`
    await control('POST', 'callbacks', { url })
    expect((await control('POST', 'callbacks/round')).document).toMatchObject({ sent: 2, rejected: 2 })
    expect((await control('POST', 'callbacks/forge', { url, count: 3 })).document).toMatchObject({ sent: 3 })
    expect((await control('GET', 'tally')).document).toMatchObject({
      genuine: { sent: 2 },
      forged: { sent: 3 },
      pending: 0,
    })
    await control('DELETE', 'tally')
    expect((await control('GET', 'tally')).document).toMatchObject({
      genuine: { sent: 0 },
      forged: { sent: 0 },
    })
  })

  it('refuse unknown requests and web pages', async () => {
    expect((await control('GET', 'nothing')).status).toBe(404)
    expect((await control('POST', 'faults', { kind: 'fire' })).status).toBe(400)
    expect((await control('POST', 'faults', `not JSON ${KEY}`)).text).not.toContain(KEY)
    expect((await control('POST', 'domains', {})).document).toEqual({
      error: '"name" must be a non-empty string',
    })
    const page = await control(
      'POST',
      'domains',
      { name: DOMAIN, key: KEY },
      { origin: 'https://example.com' },
    )
    expect(page.status).toBe(403)
    expect(emulator.world.domain(DOMAIN).auth?.key.reveal()).not.toBe(KEY)
  })
})

describe('the state file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('lets another emulator continue where this one stopped', async () => {
    const stateFile = join(folder, 'state.json')
    const clock = new TestClock()
    const options = {
      clock,
      stateFile,
      domains: 2,
      streams: 4,
      streamLength: { min: 60_000, max: 60_000 },
      streamPause: { min: 5_000, max: 5_000 },
      random: () => 0,
    }
    const first = await startEmulator(options)
    const call = openApiCore(first.endpoint)
    await call('SetSnapshotCallbackAuth', {
      DomainName: DOMAIN,
      CallbackReqAuth: 'yes',
      CallbackAuthKey: KEY,
    })
    await call('AddLiveSnapshotNotifyConfig', {
      DomainName: DOMAIN,
      NotifyUrl: 'http://127.0.0.1/n',
      NotifyReqAuth: 'yes',
      NotifyAuthKey: KEY,
    })
    await call('CreateSecret', { SecretName: 'live/keys', VersionId: 'v1', SecretData: 'one' })
    await call('PutSecretValue', { SecretName: 'live/keys', VersionId: 'v2', SecretData: 'two' })
    await call('ForbidLiveStream', {
      DomainName: 'push2.example.com',
      AppName: 'live',
      StreamName: 'stream2',
      LiveStreamType: 'publisher',
    })
    const signsWith = (emulator: Emulator) =>
      [...emulator.world.streams.all()].map(({ id, push, pushes, next }) => [
        id,
        pushes,
        push?.at,
        push?.destinations.map(({ url, key }) => [url, key?.reveal()]),
        next,
      ])
    const before = signsWith(first)
    // No close(): what was answered is in the file already.
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
    const second = await startEmulator({ ...options, domains: 50 })
    try {
      expect(signsWith(second)).toEqual(before)
      const again = openApiCore(second.endpoint)
      expect(await again('QuerySnapshotCallbackAuth', { DomainName: DOMAIN })).toMatchObject({
        CallbackAuthKey: KEY,
      })
      expect(await again('DescribeLiveSnapshotNotifyConfig', { DomainName: DOMAIN })).toMatchObject({
        NotifyAuthKey: KEY,
      })
      expect(
        await again('GetSecretValue', { SecretName: 'live/keys', VersionStage: 'ACSPrevious' }),
      ).toMatchObject({
        SecretData: 'one',
      })
      expect(await again('DescribeLiveUserDomains')).toMatchObject({ TotalCount: 4 })
      // Streams go on by themselves, except the forbidden one; they take the domain's present key.
      await clock.advance(66_000)
      second.world.catchUp()
      const streams = [...second.world.streams.all()]
      expect(streams.filter(({ push }) => push !== null).map(({ name }) => name)).toEqual([
        'stream1',
        'stream3',
        'stream4',
      ])
      expect(streams[0]?.push?.destinations[0]?.key?.reveal()).toBe(KEY)
    } finally {
      await first.close()
      await second.close()
    }
  })

  it('is refused if it is something else, without quoting it', async () => {
    const stateFile = join(folder, 'other.json')
    for (const text of [`{"key":"${KEY}"`, `{"key":"${KEY}"}`]) {
      writeFileSync(stateFile, text)
      const failed = await startEmulator({ stateFile }).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'usage', message: expect.stringContaining(stateFile) as string })
      expect(String(failed)).not.toContain(KEY)
      expect(readFileSync(stateFile, 'utf8')).toBe(text)
    }
  })

  it('is refused if it cannot be read or written', async () => {
    for (const stateFile of [folder, join(folder, 'nowhere', 'state.json')]) {
      await expect(startEmulator({ stateFile })).rejects.toMatchObject({ code: 'usage' })
    }
  })
})
