import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Credential, CredentialStore } from '../wire/credentials.ts'
import type { FunctionConfig } from './function-options.ts'
import { endLine } from './instance-log.ts'
import { Instance, type Ending } from './instance.ts'

/** Lifetime of the temporary credentials of a function's role, as documented. */
const ROLE_LASTS_MS = 36 * 3_600_000

/** What all functions of an emulator share. */
export interface FunctionPlatform {
  /** Real time: instances are real processes. */
  readonly clock: Clock
  readonly credentials: CredentialStore
  readonly region: string
  readonly accountId: string
  readonly url: () => string
}

export interface InvocationRequest {
  readonly requestId: string
  readonly event: Buffer
  readonly qualifier: string
  readonly retryCount: number
}

export type InvocationErrorType = 'HandledInvocationError' | 'UnhandledInvocationError'

/** A finished run as Function Compute reports it. */
export interface Invocation {
  readonly instanceId: string
  /** The handler's return value, or the error as JSON. */
  readonly body: Buffer
  readonly json: boolean
  /** null for success. */
  readonly errorType: InvocationErrorType | null
  readonly durationMs: number
  readonly memoryMb: number
  readonly logTail: Buffer
}

/** A function and its instances. */
export class DeployedFunction {
  readonly config: FunctionConfig
  readonly #platform: FunctionPlatform
  readonly #instances = new Set<Instance>()
  #started = 0
  #role: Credential | null = null

  constructor(config: FunctionConfig, platform: FunctionPlatform) {
    this.config = config
    this.#platform = platform
  }

  get arn(): string {
    const { region, accountId } = this.#platform
    const { name, service } = this.config
    return `acs:fc:${region}:${accountId}:${service === null ? '' : `services/${service}/`}functions/${name}`
  }

  /** Number of instances ever started: more than one if one was lost or several ran concurrently. */
  get instancesStarted(): number {
    return this.#started
  }

  /** Runs the function; null, without running it, while all its instances are busy. */
  invoke(request: InvocationRequest, stop?: AbortSignal): Promise<Invocation> | null {
    const instance = this.#freeInstance()
    return instance === null ? null : this.#run(instance, request, stop)
  }

  /** Ends its instances with SIGKILL, whatever they are doing. Resolves when they are gone. */
  async killInstances(): Promise<void> {
    await Promise.all([...this.#instances].map((instance) => instance.kill()))
  }

  async close(): Promise<void> {
    await this.killInstances()
    if (this.#role !== null) this.#platform.credentials.remove(this.#role.accessKeyId)
  }

  #freeInstance(): Instance | null {
    for (const instance of this.#instances) if (!instance.alive) this.#instances.delete(instance)
    const idle = [...this.#instances].find(({ busy }) => !busy)
    if (idle !== undefined) return idle
    if (this.#instances.size >= this.config.reservedConcurrency) return null
    const { codeDir, onLog, loadsBy } = this.config
    const id = `c-${randomBytes(8).toString('hex')}`
    const instance = new Instance({ id, codeDir, onLog, loadsBy, env: this.#environment(id) })
    this.#instances.add(instance)
    this.#started++
    return instance
  }

  async #run(instance: Instance, request: InvocationRequest, stop?: AbortSignal): Promise<Invocation> {
    const { clock } = this.#platform
    const startedAt = clock.tick()
    const over = new AbortController()
    const kill = (): void => void instance.kill()
    stop?.addEventListener('abort', kill)
    const timeLimit = clock.sleep(this.config.timeout * 1000, over.signal).then(
      () => {
        kill()
        return true
      },
      () => false,
    )
    const ending = await instance.run(request.event, this.#context(request))
    over.abort()
    const timedOut = await timeLimit
    stop?.removeEventListener('abort', kill)
    if (ending.kind === 'exited') this.#instances.delete(instance)
    const durationMs = clock.tick() - startedAt
    const failure = timedOut ? this.#timeout() : failureOf(ending, durationMs)
    if (ending.kind === 'exited') {
      instance.write(`${endLine(request.requestId)}, Error: ${failure?.error.errorMessage ?? 'stopped'}\n`)
    }
    const returned = ending.kind === 'returned' ? ending.body : Buffer.alloc(0)
    return {
      instanceId: instance.id,
      body: failure === null ? returned : Buffer.from(JSON.stringify(failure.error)),
      json: failure !== null,
      errorType: failure?.type ?? null,
      durationMs,
      memoryMb: ending.kind === 'exited' ? 0 : ending.memoryMb,
      logTail: instance.logTail,
    }
  }

  #timeout(): Failure {
    const errorMessage = `Function timed out after ${this.config.timeout} seconds (maxMemoryUsage: 0.00MB)`
    return { type: 'UnhandledInvocationError', error: { errorMessage } }
  }

  #context({ requestId, qualifier, retryCount }: InvocationRequest) {
    const { region, accountId } = this.#platform
    const { name, service, handler, memorySize, timeout } = this.config
    const role = this.#roleCredential()
    return {
      requestId,
      credentials: {
        accessKeyId: role?.accessKeyId ?? '',
        accessKeySecret: role?.accessKeySecret ?? '',
        securityToken: role?.securityToken ?? '',
      },
      function: { name, handler, memory: memorySize, timeout },
      service: { name: service ?? '', logProject: '', logStore: '', qualifier, versionId: '' },
      region,
      accountId,
      retryCount,
    }
  }

  #environment(instanceId: string): Record<string, string> {
    const { region, accountId, url } = this.#platform
    const { name, handler, memorySize, codeDir, env } = this.config
    const role = this.#roleCredential()
    return {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      ...env(url()),
      FC_FUNC_CODE_PATH: codeDir,
      FC_ACCOUNT_ID: accountId,
      FC_FUNCTION_HANDLER: handler,
      FC_FUNCTION_MEMORY_SIZE: String(memorySize),
      FC_FUNCTION_NAME: name,
      FC_REGION: region,
      FC_CUSTOM_LISTEN_PORT: '9000',
      FC_INSTANCE_ID: instanceId,
      FC_VER_ID: 'LATEST',
      ...(role !== null && {
        ALIBABA_CLOUD_ACCESS_KEY_ID: role.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: role.accessKeySecret,
        ALIBABA_CLOUD_SECURITY_TOKEN: role.securityToken ?? '',
      }),
    }
  }

  /** Shared by all instances, renewed in its last hour. */
  #roleCredential(): Credential | null {
    const { clock, credentials, accountId } = this.#platform
    if (this.config.role === null) return null
    const now = clock.now()
    if (this.#role === null || (this.#role.expiresAt ?? 0) < now + 3_600_000) {
      this.#role = credentials.issue({ ...this.config.role, accountId, expiresAt: now + ROLE_LASTS_MS })
    }
    return this.#role
  }
}

interface Failure {
  readonly type: InvocationErrorType
  readonly error: { readonly errorMessage: string }
}

function failureOf(ending: Ending, durationMs: number): Failure | null {
  if (ending.kind === 'returned') return null
  if (ending.kind === 'threw') return { type: 'HandledInvocationError', error: ending.error }
  const usage = `(duration: ${Math.round(durationMs)}ms, maxMemoryUsage: 0.00MB)`
  const errorMessage = `Process exited unexpectedly before completing request ${usage}`
  return { type: 'UnhandledInvocationError', error: { errorMessage } }
}
