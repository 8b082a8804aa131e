import { expect, test } from 'vitest'
import { chooseCredentials } from '../../lib/cli/credentials.ts'
import { LOCAL_ACCESS_KEY_ID } from '../../lib/emulator/local-account.ts'
import { TestClock } from '../support/clock.ts'
import { rotationConfig } from '../support/model-cloud.ts'
import { ioFor } from './support.ts'

const LOCAL = { live: 'http://127.0.0.1:4710', kms: 'http://localhost:4710', fc: null }

function chosenFor(endpoints: typeof LOCAL, env: Record<string, string> = {}) {
  const io = ioFor(new TestClock())
  const source = chooseCredentials({ ...rotationConfig(), endpoints }, { ...io, env })
  return { source, note: io.stderr.text }
}

test("with both servers on this machine: the local cloud's credentials, with a note", async () => {
  const { source, note } = chosenFor(LOCAL)
  expect((await source.get()).accessKeyId).toBe(LOCAL_ACCESS_KEY_ID)
  expect(note).toBe('note: using the credentials of the local cloud, as both endpoints are on this machine\n')
})

test.each([
  ['one of them is elsewhere', { ...LOCAL, kms: 'https://kms.cn-shanghai.aliyuncs.com' }, {}],
  ['the environment has credentials', LOCAL, { ALIBABA_CLOUD_ACCESS_KEY_ID: 'mine' }],
  ['the environment names a profile', LOCAL, { ALIBABA_CLOUD_PROFILE: 'work' }],
])('%s: the default chain', (_, endpoints, env) => {
  expect(chosenFor(endpoints, env).note).toBe('')
})
