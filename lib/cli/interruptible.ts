import { setMaxListeners } from 'node:events'
import type { Clock } from '../core/clock.ts'
import { RotatorError } from '../core/errors.ts'
import type { Fence, GroupPorts, LiveDomains, RotationEnvironment } from '../rotation/ports.ts'

/**
 * A clock whose sleeps throw the signal's reason once it is aborted. At Ctrl-C, waiting ends and everything done before
 * is kept.
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
 * The same for ports: reads, and calls still queued at a throttle, end at once. Sets that were sent and saves are
 * awaited.
 */
export function interruptibleOpen(
  open: RotationEnvironment['open'],
  interrupted: AbortSignal,
): RotationEnvironment['open'] {
  // Every call adds a listener while it lasts, and there may be thousands.
  setMaxListeners(0, interrupted)
  return async (group) => {
    const ports = await open(group)
    const { keysets } = ports
    const read: Read = async (work) => {
      interrupted.throwIfAborted()
      return unlessAborted(work(), interrupted)
    }
    return {
      keysets: {
        load: () => read(() => keysets.load()),
        recover: () => read(() => keysets.recover()),
        save: (...args) => keysets.save(...args),
        isListed: () => read(() => keysets.isListed()),
        moveCurrentForward: () => keysets.moveCurrentForward(),
      },
      live: interruptibleLive(ports, read, interrupted),
      usage: () => ports.usage(),
      cloudAheadMs: () => ports.cloudAheadMs(),
    }
  }
}

type Read = <T>(work: () => Promise<T>) => Promise<T>

function interruptibleLive({ live }: GroupPorts, read: Read, interrupted: AbortSignal): LiveDomains {
  return {
    set: async (domain, key, options) => {
      let sent = false
      const fence: Fence = async () => {
        sent = false
        interrupted.throwIfAborted()
        const pass = await options.fence()
        sent = true
        return pass
      }
      interrupted.throwIfAborted()
      return unlessAborted(live.set(domain, key, { ...options, fence }), interrupted, () => sent)
    },
    query: (...args) => read(() => live.query(...args)),
    discover: (...args) => read(() => live.discover(...args)),
    streams: (...args) => read(() => live.streams(...args)),
    interrupt: (...args) => read(() => live.interrupt(...args)),
    notifyConfig: (...args) => read(() => live.notifyConfig(...args)),
  }
}

/**
 * The result of `work`; throws the signal's reason as soon as it is aborted, unless `mustEnd` says to await the work.
 * Stops listening when the work ends, as a run makes very many calls under one signal.
 */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, mustEnd = () => false): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      if (mustEnd()) return
      const reason: unknown = signal.reason
      reject(reason instanceof Error ? reason : new RotatorError('deadline', 'stopped', { cause: reason }))
    }
    signal.addEventListener('abort', stop, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
