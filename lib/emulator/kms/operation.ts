import type { Params } from '../wire/params.ts'
import type { Limit } from '../wire/rate-limit.ts'
import type { Operation, OperationContext, Permission } from '../wire/rpc-product.ts'
import type { World } from '../world/world.ts'
import { inKmsWords } from './errors.ts'
import type { KmsLimits } from './limits.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface OperationOptions {
  readonly limit: keyof KmsLimits
  readonly writes?: boolean
  /** The extra permission that a secret under its own key needs. */
  readonly keyAction?: 'kms:GenerateDataKey' | 'kms:Decrypt'
  readonly run: (params: Params, context: OperationContext) => Fields
}

/** Builds KMS's operations with their limits, permissions and refusals. */
export class KmsOperations {
  readonly #world: World
  readonly #limits: KmsLimits

  constructor(world: World, limits: KmsLimits) {
    this.#world = world
    this.#limits = limits
  }

  /** An operation on one secret. */
  onSecret(name: string, options: OperationOptions): Operation {
    const { keyAction } = options
    return this.#operation(options, (params, context) => [
      { action: `kms:${name}`, resource: arn(context, `secret/${params.required('SecretName')}`) },
      ...(keyAction === undefined
        ? []
        : this.#keyPermission(keyAction, this.#storedKey(params, context), context)),
    ])
  }

  /** An operation on all of an account's resources of a kind. */
  onAccount(name: string, kind: string, options: OperationOptions): Operation {
    return this.#operation(options, (_, context) => [{ action: `kms:${name}`, resource: arn(context, kind) }])
  }

  /** CreateSecret's resource is the container of all secrets. */
  creation(options: OperationOptions): Operation {
    return this.#operation(options, (params, context) => [
      { action: 'kms:CreateSecret', resource: arn(context, 'secret') },
      ...this.#keyPermission('kms:GenerateDataKey', params.optional('EncryptionKeyId'), context),
    ])
  }

  #operation({ limit, writes, run }: OperationOptions, permissions: Operation['permissions']): Operation {
    return {
      limit: limitOf(limit, this.#limits[limit]),
      writes: writes ?? false,
      permissions,
      run: (params, context) => inKmsWords(() => run(params, context), this.#world.assumptions),
    }
  }

  /** A secret under a customer's key also needs a permission on that key. */
  #keyPermission(action: string, keyId: string | null, context: OperationContext): Permission[] {
    const isSpared =
      action === 'kms:Decrypt' &&
      context.caller.securityToken !== null &&
      !this.#world.assumptions.stsNeedsDecrypt
    return keyId === null || isSpared ? [] : [{ action, resource: arn(context, `key/${keyId}`) }]
  }

  #storedKey(params: Params, { caller }: OperationContext): string | null {
    const secret = this.#world.secrets.find(params.required('SecretName'), caller.accountId)
    return secret?.encryptionKeyId ?? null
  }
}

export function arn({ caller, region }: OperationContext, resource: string): string {
  return `acs:kms:${region}:${caller.accountId}:${resource}`
}

function limitOf(group: string, calls: number): Limit {
  return { bucket: `kms ${group}`, calls, perMs: 1_000 }
}
