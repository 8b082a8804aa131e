import { complete } from './access-keys.ts'
import type { CredentialSource, TemporaryCredentials } from './types.ts'

/** How long before the old ones expire to request new ones. */
const EARLY_MS = 300_000

/** Keeps temporary credentials until shortly before they expire, and longer if no others can be had. */
export function remembered(
  find: (signal: AbortSignal) => Promise<TemporaryCredentials>,
  now: () => number = Date.now,
): CredentialSource {
  let held: TemporaryCredentials | undefined
  const lasts = (ms: number): boolean => (held?.expiresAt ?? -Infinity) > now() + ms
  return {
    get: async (signal) => {
      if (held !== undefined && lasts(EARLY_MS)) return held
      try {
        held = complete(await find(signal))
      } catch (error) {
        if (held === undefined || !lasts(0)) throw error
      }
      return held
    },
    forget: () => {
      held = undefined
    },
  }
}
