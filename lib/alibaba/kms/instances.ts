import type { Credentials } from '../transport/credentials.ts'
import { plainRead } from '../transport/plain-call.ts'

/**
 * The ids of a region's first hundred KMS instances. Makes one call (ListKmsInstances).
 *
 * @throws RotatorError `denied`, or another error of the call.
 */
export async function kmsInstances(endpoint: string, credentials: Credentials): Promise<string[]> {
  const answer = await plainRead(
    {
      product: 'kms',
      endpoint,
      action: 'ListKmsInstances',
      params: { PageNumber: '1', PageSize: '100' },
      credentials,
    },
    'this region',
  )
  return answer.list('KmsInstances', 'KmsInstance').map((instance) => instance.text('KmsInstanceId'))
}
