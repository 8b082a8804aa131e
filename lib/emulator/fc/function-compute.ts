import { existsSync } from 'node:fs'
import { AsyncQueue, type AsyncPace } from './async-queue.ts'
import { DeployedFunction, type FunctionPlatform } from './deployed-function.ts'
import { Destinations, type Delivery } from './destination.ts'
import { functionNotFound, serviceNotFound, versionNotFound } from './errors.ts'
import { functionConfig, type FunctionOptions } from './function-options.ts'

export interface FunctionComputeSettings {
  readonly pace?: Partial<AsyncPace>
  /** Whether a task shows its function's return value, which Alibaba Cloud enables only on request. Default false. */
  readonly showsReturnPayload?: boolean
}

export interface FunctionComputeOptions extends FunctionPlatform, FunctionComputeSettings {
  readonly functions?: readonly FunctionOptions[] | undefined
}

/** A function: its code, instances and queue. */
export interface Deployment {
  readonly function: DeployedFunction
  readonly queue: AsyncQueue
}

/**
 * The emulator's functions. They run as in the managed runtime: each instance is its own process, with the function's
 * variables and nothing else of this process. Time is real here, whatever the world's clock says.
 *
 * @example
 * ```ts
 * emulator.functions.deploy({ name: 'live-key-rotator', codeDir: 'dist/functions/rotate', timeout: 600 })
 * ```
 */
export class FunctionCompute {
  readonly #options: FunctionComputeOptions
  readonly #destinations = new Destinations()
  readonly #deployments = new Map<string, Deployment>()

  constructor(options: FunctionComputeOptions) {
    this.#options = options
    for (const one of options.functions ?? []) this.deploy(one)
  }

  get region(): string {
    return this.#options.region
  }

  get url(): string {
    return this.#options.url()
  }

  get accountId(): string {
    return this.#options.accountId
  }

  get showsReturnPayload(): boolean {
    return this.#options.showsReturnPayload ?? false
  }

  /** Messages to destinations, oldest first. */
  get deliveries(): readonly Delivery[] {
    return this.#destinations.deliveries
  }

  /**
   * Creates or replaces a function: with new instances and without its earlier tasks.
   *
   * @throws TypeError for a function that Function Compute would refuse.
   */
  deploy(options: FunctionOptions): DeployedFunction {
    if (!existsSync(options.codeDir)) throw new TypeError(`there is no folder ${options.codeDir}`)
    const { clock, pace } = this.#options
    const config = functionConfig(options)
    const name = nameOf(config.service, config.name)
    const before = this.#deployments.get(name)
    if (before !== undefined) void close(before)
    const deployed = new DeployedFunction(config, this.#options)
    const waits = { backoffMs: 500, retryMs: 1_000, ...pace }
    const queue = new AsyncQueue(deployed, clock, waits, this.#destinations)
    this.#deployments.set(name, { function: deployed, queue })
    return deployed
  }

  /**
   * The function that a call is for. In FC 3.0's API there is no service; FC 2.0 functions are `service$name` there.
   *
   * @throws ApiError
   */
  find(service: string | null, name: string, qualifier: string): Deployment {
    const found = this.#deployments.get(nameOf(service, name))
    if (found === undefined) {
      const known = [...this.#deployments.keys()]
      if (service !== null && !known.some((key) => key.startsWith(`${service}$`))) {
        throw serviceNotFound(service)
      }
      throw functionNotFound(name)
    }
    if (!found.function.config.qualifiers.includes(qualifier)) throw versionNotFound(qualifier)
    return found
  }

  /** Resolves once no asynchronous invocation is under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#deployments.values()].map(({ queue }) => queue.idle()))
  }

  /** Ends all instances. */
  async close(): Promise<void> {
    await Promise.all([...this.#deployments.values()].map(close))
  }
}

async function close({ function: deployed, queue }: Deployment): Promise<void> {
  await Promise.all([queue.close(), deployed.close()])
}

function nameOf(service: string | null, name: string): string {
  return service === null ? name : `${service}$${name}`
}
