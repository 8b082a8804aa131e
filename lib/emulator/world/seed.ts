import type { Random } from '../../core/clock.ts'
import { Key } from '../../keyset/key.ts'
import type { EmulatorOptions } from '../options.ts'
import type { World } from './world.ts'

const DEFAULT_PAUSE = { min: 1_000, max: 5_000 }

/** Makes the emulator's initial domains and streams. */
export function seedWorld(world: World, options: EmulatorOptions, random: Random): void {
  const auth = options.auth ?? 'on'
  const shared = Key.generate().reveal()
  const newKey = (): string => (options.ownKeys === true ? Key.generate().reveal() : shared)
  const domains = Array.from({ length: options.domains ?? 1 }, (_, index) =>
    world.addDomain({
      name: `live${index + 1}.example.com`,
      ingest: `push${index + 1}.example.com`,
      key: auth === 'unset' ? null : newKey(),
      enabled: auth === 'on',
      ...(options.callbackUrl === undefined ? {} : { callbackUrl: options.callbackUrl }),
      ...(options.credentials?.[0]?.accountId === undefined
        ? {}
        : { accountId: options.credentials[0].accountId }),
    }),
  )
  const length = options.streamLength ?? null
  for (let index = 0; index < (options.streams ?? 0); index++) {
    const domain = domains[index % domains.length]
    if (domain === undefined) return
    const endless = length === null || index < (options.endlessStreams ?? 0)
    const stream = world.streams.add(domain, 'live', `stream${index + 1}`, {
      length: endless ? null : length,
      pause: options.streamPause ?? DEFAULT_PAUSE,
    })
    // Spreads the starts, so that not all pushes began just now.
    world.streams.push(stream, world.now() - Math.round(random() * (length?.min ?? 3_600_000)))
  }
}
