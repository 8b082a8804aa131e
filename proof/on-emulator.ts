import { createAlibaba } from '../lib/alibaba/create-alibaba.ts'
import { fixedCredentials } from '../lib/alibaba/transport/credentials.ts'
import { systemClock } from '../lib/core/clock.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET, type Emulator } from '../lib/emulator/index.ts'
import type { Report } from '../lib/rotation/report/report.ts'
import { run } from '../lib/rotation/run.ts'
import { groupConfig, request, rotationConfig } from '../test/support/model-cloud.ts'

export const CREDENTIALS = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }

/** One group of all domains of an emulator. `rotate` runs a whole rotation through the real SDKs, as a process of its own. */
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
  const now = { clock: systemClock, random: Math.random }
  const rotate = async (): Promise<Report> => {
    const alibaba = createAlibaba({ config, credentials: fixedCredentials(CREDENTIALS), ...now })
    return run(request({ force: true }), config, {
      ...now,
      log: () => undefined,
      probe: () => Promise.resolve({ accepted: true, detail: '' }),
      open: (one) => alibaba.open(one),
      deadline: Infinity,
      waitUntil: Infinity,
    })
  }
  return { secret: group.secret, rotate }
}
