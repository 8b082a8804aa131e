import { pageOf } from '../wire/params.ts'
import type { Operation } from '../wire/rpc-product.ts'
import { arn, type KmsOperations } from './operation.ts'

/** ListKmsInstances: the ids of an account's instances. */
export function instanceOperations(
  instances: readonly string[],
  kms: KmsOperations,
): Record<string, Operation> {
  return {
    ListKmsInstances: kms.onAccount('ListKmsInstances', 'keystore', {
      limit: 'lowFrequency',
      run: (params, context) => {
        const PageNumber = params.integer('PageNumber', 1, 1, 999_999)
        const PageSize = params.integer('PageSize', 20, 1, 100)
        const page = pageOf(instances, PageNumber, PageSize)
        return {
          PageNumber,
          PageSize,
          TotalCount: instances.length,
          KmsInstances: {
            KmsInstance: page.map((id) => ({
              KmsInstanceId: id,
              KmsInstanceArn: arn(context, `keystore/${id}`),
            })),
          },
        }
      },
    }),
  }
}
