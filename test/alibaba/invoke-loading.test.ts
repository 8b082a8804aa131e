import { createRequire } from 'node:module'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import { invokeFunction } from '../../lib/alibaba/fc/invoke.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/local-account.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import { functionFolder } from '../emulator/fc/fixture.ts'
import { LOCAL_PAIR } from './cloud.ts'

const loaded = vi.hoisted((): string[] => [])
vi.mock('@alicloud/fc2', async (original) => {
  loaded.push('fc2')
  return original()
})
vi.mock('@alicloud/fc20230330', async (original) => {
  loaded.push('fc3')
  return original()
})

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(() => emulator.close())

it('loads an SDK only when it is needed', async () => {
  const target = {
    functionName: 'f',
    region: 'cn-shanghai',
    accountId: LOCAL_ACCOUNT_ID,
    endpoint: emulator.url,
    credentials: fixedCredentials(LOCAL_PAIR),
    clock: systemClock,
    event: { do: 'return' },
  }
  for (const service of ['svc', undefined]) {
    emulator.functions.deploy({
      name: 'f',
      codeDir: functionFolder(),
      ...(service !== undefined && { service }),
    })
  }
  expect(loaded).toEqual([])
  await invokeFunction(target)
  expect(loaded).toEqual(['fc3'])
  await invokeFunction({ ...target, service: 'svc' })
  expect(loaded).toEqual(['fc3', 'fc2'])
})

it('gives @alicloud/fc2 an HTTP client without known vulnerabilities', () => {
  const require = createRequire(createRequire(import.meta.url).resolve('@alicloud/fc2'))
  const { version } = require('axios/package.json') as { version: string }
  // 0.24.0, which it asks for, has CVE-2023-45857, CVE-2025-27152, CVE-2026-25639: package.json overrides it.
  const [major = 0, minor = 0] = version.split('.').map(Number)
  expect([major, minor >= 21]).toEqual([1, true])
})
