import { createAlibaba, type Alibaba, type AlibabaOptions } from '../../lib/alibaba/create-alibaba.ts'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import type { GroupConfig } from '../../lib/config/types.ts'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  startEmulator,
  type Emulator,
  type EmulatorOptions,
} from '../../lib/emulator/index.ts'
import { TestClock } from '../support/clock.ts'

export const LOCAL_PAIR = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }

export type TestGroup = Pick<GroupConfig, 'name' | 'secret' | 'authSource' | 'roleArn'>

export const GROUP: TestGroup = {
  name: 'default',
  secret: 'live/keys',
  authSource: 'snapshotCallbackAuth',
  roleArn: null,
}

/** A local cloud and the adapters that speak with it, on a clock of the test. */
export interface Cloud {
  readonly clock: TestClock
  readonly emulator: Emulator
  readonly alibaba: Alibaba
}

export async function startCloud(
  options: EmulatorOptions = {},
  own: Partial<AlibabaOptions> = {},
  kms: AlibabaOptions['config']['kms'] = { keyId: null, instanceId: null },
): Promise<Cloud> {
  const clock = new TestClock()
  const emulator = await startEmulator({ clock, ...options })
  clock.hold(() => emulator.held)
  const alibaba = createAlibaba({
    config: { ...configFor(emulator.url), kms },
    credentials: fixedCredentials(LOCAL_PAIR),
    clock,
    random: () => 0.5,
    ...own,
  })
  return { clock, emulator, alibaba }
}

export function configFor(url: string): AlibabaOptions['config'] {
  return {
    region: 'cn-shanghai',
    throttle: { set: 25, query: 25, list: 50, interrupt: 15, emergency: 29 },
    kms: { keyId: null, instanceId: null },
    endpoints: { live: url, kms: url, fc: null },
  }
}

/** What `promise` rejects with; fails when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`expected a failure, got ${String(value)}`)
}
