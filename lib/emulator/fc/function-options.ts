import type { PolicyDocument } from '../wire/ram.ts'

/** The variables of a function. */
export type FunctionEnvironment = Readonly<Record<string, string>>

/** A function of the emulator. Names, units and defaults are Function Compute's where it has any. */
export interface FunctionOptions {
  readonly name: string
  /** Its FC 2.0 service; FC 3.0's API calls it `service$name`. Absent for an FC 3.0 function. */
  readonly service?: string
  /** The folder that would be uploaded. */
  readonly codeDir: string
  /** `file.export`. Default `index.handler`. */
  readonly handler?: string
  /** Its environment variables, or a function that derives them from the emulator's URL. */
  readonly env?: FunctionEnvironment | ((url: string) => FunctionEnvironment)
  /** Seconds. Default 3. */
  readonly timeout?: number
  /** MB, reported but not enforced. Default 512. */
  readonly memorySize?: number
  /** Maximum number of concurrent instances. Default 1. */
  readonly reservedConcurrency?: number
  /** Versions and aliases to call it by, besides `LATEST`. */
  readonly qualifiers?: readonly string[]
  /** The policies of its role; null for a function without a role. Default: a role that may do everything. */
  readonly role?: { readonly policies?: readonly PolicyDocument[] } | null
  readonly asyncInvokeConfig?: AsyncInvokeConfig
  /** Only reported; nothing is triggered here. Default: none. */
  readonly triggers?: readonly TriggerOptions[]
  /** How the runtime loads the code: newer ones by `import()` (the default), older ones by `require()`. */
  readonly loadsBy?: 'import' | 'require'
  /** Receives its instances' output. */
  readonly onLog?: (text: string) => void
}

export interface TriggerOptions {
  readonly triggerName: string
  readonly triggerType: string
  readonly triggerConfig: Readonly<Record<string, unknown>>
}

export interface AsyncInvokeConfig {
  /** How often a failed run is retried. Default 3. */
  readonly maxAsyncRetryAttempts?: number
  /** How long a call may wait for its run. Default 86,400. */
  readonly maxAsyncEventAgeInSeconds?: number
  /** An http(s) URL gets the message by POST; any other text, such as an ARN, only marks it in the list of messages. */
  readonly destinationConfig?: {
    readonly onSuccess?: { readonly destination: string }
    readonly onFailure?: { readonly destination: string }
  }
}

/** The same, complete. */
export interface FunctionConfig extends Required<
  Omit<FunctionOptions, 'service' | 'env' | 'asyncInvokeConfig'>
> {
  readonly service: string | null
  readonly env: (url: string) => FunctionEnvironment
  readonly asyncInvokeConfig: Required<AsyncInvokeConfig>
}

const MOST_ENVIRONMENT_BYTES = 4096

/** @throws TypeError for anything that Function Compute would refuse. */
export function functionConfig(options: FunctionOptions): FunctionConfig {
  const { name, env = {} } = options
  for (const part of [name, options.service ?? 'none']) {
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(part))
      throw new TypeError(`"${part}" is not a valid name of a function`)
  }
  return {
    name,
    service: options.service ?? null,
    codeDir: options.codeDir,
    handler: options.handler ?? 'index.handler',
    env: (url) => checkedEnvironment(name, typeof env === 'function' ? env(url) : env),
    timeout: options.timeout ?? 3,
    memorySize: options.memorySize ?? 512,
    reservedConcurrency: options.reservedConcurrency ?? 1,
    qualifiers: ['LATEST', ...(options.qualifiers ?? [])],
    role: options.role === undefined ? {} : options.role,
    asyncInvokeConfig: {
      maxAsyncRetryAttempts: options.asyncInvokeConfig?.maxAsyncRetryAttempts ?? 3,
      maxAsyncEventAgeInSeconds: options.asyncInvokeConfig?.maxAsyncEventAgeInSeconds ?? 86_400,
      destinationConfig: options.asyncInvokeConfig?.destinationConfig ?? {},
    },
    triggers: options.triggers ?? [],
    loadsBy: options.loadsBy ?? 'import',
    onLog: options.onLog ?? (() => undefined),
  }
}

function checkedEnvironment(name: string, env: FunctionEnvironment): FunctionEnvironment {
  const wrong = Object.keys(env).find((variable) => /^FC_|^[^A-Za-z]|\W/.test(variable))
  if (wrong !== undefined) throw new TypeError(`function ${name}: a variable cannot be called ${wrong}`)
  if (Buffer.byteLength(JSON.stringify(env)) > MOST_ENVIRONMENT_BYTES) {
    throw new TypeError(`function ${name}: its variables exceed 4 KB`)
  }
  return env
}
