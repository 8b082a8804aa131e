import { createAlibaba } from '../lib/alibaba/create-alibaba.ts'
import { fixedCredentials } from '../lib/alibaba/transport/credentials.ts'
import type { RotationConfig, RotationRequest } from '../lib/config/types.ts'
import { systemClock } from '../lib/core/clock.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET, type Emulator } from '../lib/emulator/index.ts'
import type { GroupPorts } from '../lib/rotation/ports.ts'
import type { Report } from '../lib/rotation/report/report.ts'
import { run } from '../lib/rotation/run.ts'
import { groupConfig, request, rotationConfig } from '../test/support/model-cloud.ts'

export const CREDENTIALS = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }

/** One run in this process and in real time, through the real SDKs, against the emulator that `config` points to. */
export async function runOnEmulator(
  config: RotationConfig,
  wanted: Partial<RotationRequest> = {},
  around: (ports: GroupPorts) => GroupPorts = (ports) => ports,
): Promise<Report> {
  const now = { clock: systemClock, random: Math.random }
  const alibaba = createAlibaba({ config, credentials: fixedCredentials(CREDENTIALS), ...now })
  return run(request(wanted), config, {
    ...now,
    log: () => undefined,
    probe: () => Promise.resolve({ accepted: true, detail: '' }),
    open: async (group) => around(await alibaba.open(group)),
    deadline: Infinity,
    waitUntil: Infinity,
  })
}

/** One group of all domains of an emulator. `rotate` runs a whole rotation through the real SDKs, in its own process. */
export function groupOn(
  emulator: Emulator,
  { ttlMs, marginMs }: { readonly ttlMs: number; readonly marginMs: number },
): { readonly secret: string; readonly rotate: () => Promise<Report> } {
  const group = groupConfig({
    domains: [...emulator.world.domains.keys()],
    ttlMs,
    propagation: { marginMs, maxMs: 60_000, probesCoverAllInstances: false },
  })
  const config = {
    ...rotationConfig(group),
    endpoints: { live: emulator.url, kms: emulator.url, fc: null },
  }
  const rotate = (): Promise<Report> => runOnEmulator(config, { force: true })
  return { secret: group.secret, rotate }
}
