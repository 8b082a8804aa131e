import type { Clock } from '../clock.ts'
import type { GroupPorts, LiveDomains, RotationEnvironment } from '../rotation/ports.ts'

/**
 * A clock whose sleeps end with the signal's reason once it is aborted. What waits when Ctrl-C comes ends there, with
 * everything that was done before it kept.
 */
export function interruptibleClock(clock: Clock, interrupted: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    tick: () => clock.tick(),
    sleep: (ms, signal, options) =>
      clock.sleep(ms, signal === undefined ? interrupted : AbortSignal.any([signal, interrupted]), options),
  }
}

/**
 * The same for ports: what is still in the queue of a throttle ends at once, and is not sent. A set that has been sent
 * is waited for, and so is a save.
 */
export function interruptibleOpen(
  open: RotationEnvironment['open'],
  interrupted: AbortSignal,
): RotationEnvironment['open'] {
  return async (group) => {
    const ports = await open(group)
    return { keysets: ports.keysets, live: interruptibleLive(ports, interrupted), usage: () => ports.usage() }
  }
}

function interruptibleLive({ live }: GroupPorts, interrupted: AbortSignal): LiveDomains {
  const stopped = new Promise<never>((_, reject) => {
    interrupted.addEventListener('abort', () => reject(interrupted.reason as Error), { once: true })
  })
  // Without anything to stop, nobody waits for it.
  stopped.catch(() => undefined)
  const unlessStopped = <T>(work: () => Promise<T>): Promise<T> => {
    interrupted.throwIfAborted()
    return Promise.race([work(), stopped])
  }
  return {
    set: async (domain, key, options) => {
      let sent = false
      const fence = async (): Promise<void> => {
        interrupted.throwIfAborted()
        await options.fence()
        sent = true
      }
      const done = live.set(domain, key, { ...options, fence })
      const stoppedBefore = stopped.catch((reason: unknown) =>
        sent ? done : Promise.reject(reason as Error),
      )
      return Promise.race([done, stoppedBefore])
    },
    query: async (...args) => unlessStopped(() => live.query(...args)),
    discover: async (...args) => unlessStopped(() => live.discover(...args)),
    streams: async (...args) => unlessStopped(() => live.streams(...args)),
    interrupt: async (...args) => unlessStopped(() => live.interrupt(...args)),
    notifyConfig: async (...args) => unlessStopped(() => live.notifyConfig(...args)),
  }
}
