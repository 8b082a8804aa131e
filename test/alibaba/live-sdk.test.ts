import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LiveClient } from '../../lib/alibaba/live/live-client.ts'
import { officialTransport, type LiveSdk } from '../../lib/alibaba/live/official-transport.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { liveSdk } from '../../scripts/live-sdk.mjs'
import { failureOf, LOCAL_PAIR } from './cloud.ts'
import { officialLiveSdk } from './official-live-sdk.ts'
import { startStub, type StubServer } from './stub-server.ts'

const STAND_IN = `
Object.defineProperty(exports, '__esModule', { value: true })
exports.default = class OfficialLiveClient {
  async callApi(params, { body, query }) {
    if (query !== undefined || params.reqBodyType !== 'formData') throw new Error('not in the body')
    return { headers: {}, body: { ...body, CallbackReqAuth: 'no' } }
  }
}
class Model {
  constructor(fields) { Object.assign(this, fields) }
  static names() { return { domainName: 'DomainName', callbackReqAuth: 'CallbackReqAuth' } }
  static types() { return { domainName: 'string', callbackReqAuth: 'string' } }
  toMap() { return { DomainName: this.domainName, CallbackReqAuth: this.callbackReqAuth } }
  validate() {}
}
for (const api of ${JSON.stringify(Object.keys(officialLiveSdk.models))}) {
  exports[api + 'Request'] = class extends Model {}
  exports[api + 'ResponseBody'] = class extends Model {}
}
`

describe('LIVE_SDK=official', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'live-sdk-'))
  })
  afterEach(() => {
    rmSync(root, { recursive: true })
  })

  it('says what to install if the package is missing', () => {
    expect(() => liveSdk({ LIVE_SDK: 'official' }, root)).toThrow(/npm install @alicloud\/live20161101/)
    expect(() => liveSdk({ LIVE_SDK: 'vendor' }, root)).toThrow(
      'LIVE_SDK must be official or small, not vendor',
    )
    expect(liveSdk({}, root)).toEqual([])
  })

  it('builds on the package, but by default without it', async () => {
    const folder = join(root, 'node_modules/@alicloud/live20161101')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"main": "index.js"}')
    writeFileSync(join(folder, 'index.js'), STAND_IN)
    const bundled = async (LIVE_SDK: string | undefined): Promise<string> => {
      const { outputFiles } = await build({
        entryPoints: ['lib/alibaba/live/live-client.ts'],
        bundle: true,
        platform: 'node',
        write: false,
        format: 'cjs',
        plugins: liveSdk({ LIVE_SDK }, root),
        logLevel: 'silent',
      })
      return outputFiles[0]?.text ?? ''
    }
    expect(await bundled(undefined)).not.toContain('OfficialLiveClient')
    const file = join(root, 'bundle.cjs')
    writeFileSync(file, await bundled('official'))
    const built = createRequire(file)(file) as { LiveClient: typeof LiveClient }
    const live = new built.LiveClient({
      endpoint: 'https://live.aliyuncs.com',
      region: 'cn-shanghai',
      credentials: LOCAL_PAIR,
      clock: systemClock,
    })
    // The stand-in answers by itself, with the domain that it was asked for in the body.
    await expect(live.querySnapshotCallbackAuth('live1.example.com')).resolves.toEqual({
      enabled: false,
      key: null,
    })
  })
})

describe("the vendor's typed package", () => {
  let server: StubServer
  afterEach(() => server.close())

  const client = (sdk: LiveSdk = officialLiveSdk): LiveClient =>
    new LiveClient({
      endpoint: server.url,
      region: 'cn-shanghai',
      credentials: LOCAL_PAIR,
      clock: systemClock,
      open: officialTransport(sdk),
    })

  it.each([
    [
      { DomainName: 'live2.example.com', CallbackReqAuth: 'yes', CallbackAuthKey: 'k' },
      /DomainName is another domain/,
    ],
    [{ CallbackReqAuth: 'yes', CallbackAuthKey: '' }, /CallbackAuthKey must not be empty/],
    [{ CallbackReqAuth: 'perhaps', CallbackAuthKey: 'k' }, /CallbackReqAuth must be yes or no/],
    [{ CallbackReqAuth: { yes: true } }, /invalidAnswer|the answer was not what the API sends/],
  ])('has its answers checked like ours: %j', async (body, problem) => {
    server = await startStub(() => ({ body: { RequestId: 'R', ...body } }))
    const error = await failureOf(client().querySnapshotCallbackAuth('live1.example.com'))
    expect(error).toMatchObject({ code: 'invalidAnswer', message: expect.stringMatching(problem) as string })
  })

  it('has its refusals translated like ours', async () => {
    server = await startStub(() => ({
      status: 400,
      body: { Code: 'LockFail', Message: 'busy', RequestId: 'R' },
    }))
    const error = await failureOf(client().querySnapshotCallbackAuth('live1.example.com'))
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, vendorCode: 'LockFail' })
  })

  it('knows every parameter that we send', async () => {
    server = await startStub(() => ({ body: {} }))
    const { ForbidLiveStream, QuerySnapshotCallbackAuth } = officialLiveSdk.models
    // As if the package had another operation's request in its place.
    const mixedUp = { ...QuerySnapshotCallbackAuth, Request: ForbidLiveStream.Request }
    const models = { ...officialLiveSdk.models, QuerySnapshotCallbackAuth: mixedUp }
    const sdk = { ...officialLiveSdk, models }
    const error = await failureOf(client(sdk).querySnapshotCallbackAuth('live1.example.com'))
    expect(error).toBeInstanceOf(Error)
    expect(server.seen).toEqual([])
  })
})
