import type { GroupPorts } from '../../lib/rotation/ports.ts'

/** Thrown when a process is killed: from then on its ports answer nothing. */
export class Killed extends Error {}

/**
 * A process that is killed at its n-th outside call: before the call is made, or after its effect and before its answer
 * arrives. From then on, nothing from it reaches the outside.
 */
export class Killable {
  calls = 0
  killed = false
  readonly #killAt: number
  readonly #afterEffect: boolean

  constructor(killAt = Infinity, afterEffect = false) {
    this.#killAt = killAt
    this.#afterEffect = afterEffect
  }

  wrap(ports: GroupPorts): GroupPorts {
    const guard = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name)
          if (typeof value !== 'function') return value
          return (...args: unknown[]): Promise<unknown> =>
            this.#call(() => Reflect.apply(value, target, args))
        },
      })
    return {
      keysets: guard(ports.keysets),
      live: guard(ports.live),
      usage: () => ports.usage(),
      cloudAheadMs: () => ports.cloudAheadMs(),
    }
  }

  async #call(make: () => unknown): Promise<unknown> {
    this.#checkAlive()
    const last = ++this.calls === this.#killAt
    if (last && !this.#afterEffect) this.#die()
    const answer = await make()
    this.#checkAlive()
    if (last) this.#die()
    return answer
  }

  #checkAlive(): void {
    if (this.killed) throw new Killed()
  }

  #die(): never {
    this.killed = true
    throw new Killed()
  }
}
