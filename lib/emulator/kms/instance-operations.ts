import type { KmsLimits } from '../wire/limits.ts'
import type { Operation } from '../wire/rpc-product.ts'

/** ListKmsInstances: the instances of an account, by their ids alone. */
export function instanceOperations(
  instances: readonly string[],
  limits: KmsLimits,
): Record<string, Operation> {
  return {
    ListKmsInstances: {
      limit: { bucket: 'kms low', calls: limits.lowFrequency, perMs: 1_000 },
      writes: false,
      permissions: (_, { caller, region }) => [
        { action: 'kms:ListKmsInstances', resource: `acs:kms:${region}:${caller.accountId}:keystore` },
      ],
      run: (params, { caller, region }) => {
        const pageNumber = params.integer('PageNumber', 1, 1, 999_999)
        const pageSize = params.integer('PageSize', 20, 1, 100)
        return {
          PageNumber: pageNumber,
          PageSize: pageSize,
          TotalCount: instances.length,
          KmsInstances: {
            KmsInstance: instances.slice((pageNumber - 1) * pageSize, pageNumber * pageSize).map((id) => ({
              KmsInstanceId: id,
              KmsInstanceArn: `acs:kms:${region}:${caller.accountId}:keystore/${id}`,
            })),
          },
        }
      },
    },
  }
}
