import { afterEach, describe, expect, it } from 'vitest'
import { kmsInstances } from '../../lib/alibaba/kms/instances.ts'
import { callbackUrls } from '../../lib/alibaba/live/callback-urls.ts'
import { callerIdentity } from '../../lib/alibaba/sts/caller-identity.ts'
import { plainCall } from '../../lib/alibaba/transport/plain-call.ts'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  LOCAL_ACCOUNT_ID,
  startEmulator,
  type Emulator,
  type EmulatorOptions,
} from '../../lib/emulator/index.ts'
import { roleWith } from '../support/local-cloud.ts'

const ROOT = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }

let emulator: Emulator
afterEach(() => emulator.close())
const start = async (options: EmulatorOptions = {}): Promise<void> => {
  emulator = await startEmulator(options)
}

describe('the owner of credentials', () => {
  it('comes from STS', async () => {
    await start()
    expect(await callerIdentity(emulator.url, ROOT)).toEqual({
      accountId: LOCAL_ACCOUNT_ID,
      arn: `acs:ram::${LOCAL_ACCOUNT_ID}:root`,
    })
  })

  it('needs no permission, even with temporary credentials', async () => {
    await start()
    const { arn } = await callerIdentity(emulator.url, roleWith(emulator, []))
    expect(arn).toContain(':assumed-role/')
  })

  it('leaves out a time that is unknown', async () => {
    await start()
    const wrong = { ...ROOT, accessKeySecret: 'another' }
    await expect(callerIdentity(emulator.url, wrong)).rejects.toMatchObject({ code: 'badCredentials' })
  })
})

describe('an account', () => {
  it('has KMS instances', async () => {
    await start({ kmsInstances: ['kst-1', 'kst-2'] })
    expect(await kmsInstances(emulator.url, ROOT)).toEqual(['kst-1', 'kst-2'])
  })

  it('has callback URLs for each application of a domain, across all pages', async () => {
    await start({ callbackUrl: null })
    const domain = emulator.world.domain('live1.example.com')
    const urls = Array.from({ length: 31 }, (_, index) => `https://hooks.example.com/${index}`)
    urls.forEach((url, index) => domain.callbackUrls.set(`app${index}`, url))
    expect(await callbackUrls(domain.name, emulator.url, ROOT)).toEqual(urls)
  })

  it('names the missing permission', async () => {
    await start()
    await expect(callbackUrls('live1.example.com', emulator.url, roleWith(emulator, []))).rejects.toThrow(
      'live:DescribeLiveSnapshotConfig',
    )
  })
})

describe('a plain call', () => {
  const query = { product: 'live', action: 'QuerySnapshotCallbackAuth', credentials: ROOT } as const

  it('reports the status, code and time of a refusal', async () => {
    await start()
    const params = { DomainName: 'gone.example.com' }
    const answer = await plainCall({ ...query, endpoint: emulator.url, params }, 'domain gone.example.com')
    expect(answer).toMatchObject({ status: 404, code: 'InvalidDomain.NotFound' })
    expect(Math.abs((answer.answeredAt ?? 0) - Date.now())).toBeLessThan(10_000)
  })

  it('is refused if it was signed too long ago', async () => {
    await start()
    const params = { DomainName: 'live1.example.com' }
    const late = { ...query, endpoint: emulator.url, params, signedOffMs: -16 * 60_000 }
    expect(await plainCall(late, 'it')).toMatchObject({ code: 'InvalidTimeStamp.Expired' })
  })

  it('says that the server could not be reached', async () => {
    await start()
    const { url, endpoint } = emulator
    await emulator.close()
    await start()
    const call = { ...query, endpoint: url, params: {} }
    await expect(plainCall(call, 'it')).rejects.toThrow(`could not connect to ${endpoint}`)
    // A variable that is left over from a try on the local cloud.
    await expect(plainCall(call, 'it')).rejects.toThrow(
      /; start the local cloud with live-key-rotator emulator, or unset the ROTATOR_…_ENDPOINT that names it$/,
    )
  })

  it('says that a proxy answered instead of the server', async () => {
    await start()
    emulator.faults.add({ kind: 'html' })
    const call = { ...query, endpoint: emulator.url, params: { DomainName: 'live1.example.com' } }
    await expect(plainCall(call, 'it')).rejects.toMatchObject({ code: 'invalidAnswer' })
  })
})
