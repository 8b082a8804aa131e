import { RotatorError } from '../../core/errors.ts'
import { environment } from '../http/runtime.ts'
import { networkFailure } from '../http/failure.ts'
import type { Reply } from '../http/message.ts'
import { send } from '../http/send.ts'
import { badCredentials } from './bad-credentials.ts'
import { readIssued } from './issued.ts'
import type { TemporaryCredentials } from './types.ts'

const METADATA = 'http://100.100.100.200'
const ROLES = '/latest/meta-data/ram/security-credentials/'
/** The service is on this host: if it does not answer at once, there is none. */
const ANSWER_MS = 1_000

/**
 * The credentials of an ECS instance's role, from its metadata service in hardened mode: every request needs a token, which
 * a server that was tricked into sending a request cannot get. Null on a machine that is not such an instance, or has no
 * role; `ALIBABA_CLOUD_ECS_METADATA` names the role, and makes it required.
 *
 * @throws RotatorError `badCredentials`, `unavailable`
 */
export async function ecsCredentials(
  signal: AbortSignal,
  metadata = METADATA,
): Promise<TemporaryCredentials | null> {
  if (environment('ALIBABA_CLOUD_ECS_METADATA_DISABLED')?.toLowerCase() === 'true') return null
  const configured = environment('ALIBABA_CLOUD_ECS_METADATA')
  const soon = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  const ask = (method: 'GET' | 'PUT', path: string, headers: Record<string, string>): Promise<Reply> =>
    send(new URL(path, metadata), { method, headers, signal: soon })

  try {
    const token = await ask('PUT', '/latest/api/token', {
      'x-aliyun-ecs-metadata-token-ttl-seconds': '21600',
    })
    if (token.status !== 200) return missing(`status ${token.status}`)
    const headers = { 'x-aliyun-ecs-metadata-token': token.text.trim() }
    const role = configured ?? firstRole(await ask('GET', ROLES, headers))
    if (!role) return null
    const answer = await ask('GET', `${ROLES}${encodeURIComponent(role)}`, headers)
    const found = answer.status === 200 ? readIssued(answer.text) : null
    return found ?? missing(`status ${answer.status}`)
  } catch (error) {
    if (error instanceof RotatorError || signal.aborted) throw error
    return missing(networkFailure(error))
  }

  function missing(why: string): null {
    if (configured === undefined) return null
    throw badCredentials(
      `the ECS metadata service returned no credentials for the role in ALIBABA_CLOUD_ECS_METADATA (${why})`,
      { retryable: true },
    )
  }
}

function firstRole({ status, text }: Reply): string | undefined {
  return status === 200 ? text.trim().split('\n')[0] : undefined
}
