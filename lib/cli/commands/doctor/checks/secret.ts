import { isAbsent } from '../../../../alibaba/kms/versions.ts'
import { plainRead } from '../../../../alibaba/transport/plain-call.ts'
import { hasCode, RotatorError } from '../../../../core/errors.ts'
import type { Keyset } from '../../../../keyset/keyset.ts'
import { failure, fail, ok, skipped, warn, type Check } from '../check.ts'
import { inBoth, say } from '../../../words/said.ts'
import type { Patient } from '../patient.ts'

export interface SecretChecked {
  readonly checks: readonly Check[]
  /** null if there is none, or it cannot be read. */
  readonly keyset: Keyset | null
}

/** Checks whether the keyset can be read, for each permission that this needs, and what the secret contains. */
export async function checkSecret(patient: Patient): Promise<SecretChecked> {
  const { group, ports } = patient
  const { secret } = group
  const refusals = await refusalsOf(patient)
  const [absent] = refusals.filter(isAbsent)
  const others = refusals.filter((error) => !isAbsent(error) && !hasCode(error, 'deletionWindow'))
  const [window] = refusals.filter((error) => hasCode(error, 'deletionWindow'))
  if (others.length > 0) {
    const reads = others.map((error) => failure('kms.read', secret, error))
    return {
      checks: [...reads, skipped('kms.secret', secret, say('it could not be read', '无法读取'))],
      keyset: null,
    }
  }
  const read = ok('kms.read', secret, say('its versions can be listed and read', '可以列出并读取它的版本'))
  if (window !== undefined) return { checks: [read, failure('kms.secret', secret, window)], keyset: null }
  if (absent !== undefined) {
    const check = warn(
      'kms.secret',
      secret,
      say('it does not exist yet', '尚不存在'),
      say('the first rotation creates it', '第一次轮转会创建它'),
    )
    return { checks: [read, check], keyset: null }
  }
  try {
    const { keyset, currentIsBehind } = await ports.keysets.load()
    return { checks: [read, secretCheck(secret, keyset, currentIsBehind)], keyset }
  } catch (error) {
    return { checks: [read, failure('kms.secret', secret, error)], keyset: null }
  }
}

function secretCheck(secret: string, keyset: Keyset | null, currentIsBehind: string | null): Check {
  if (keyset === null) {
    return warn(
      'kms.secret',
      secret,
      say('it holds no keyset yet', '还没有密钥集'),
      say('the first rotation stores one', '第一次轮转会写入'),
    )
  }
  if (currentIsBehind !== null) {
    const message = say(
      `ACSCurrent points to version ${currentIsBehind}, and revision ${keyset.revision} is newer`,
      `ACSCurrent 指向版本 ${currentIsBehind}，而修订 ${keyset.revision} 更新`,
    )
    return fail('kms.secret', secret, message, inBoth('live-key-rotator reconcile'))
  }
  return ok(
    'kms.secret',
    secret,
    say(`it holds the keyset at revision ${keyset.revision}`, `密钥集在修订 ${keyset.revision}`),
  )
}

/** The refusals of both calls: one missing permission must not hide the other. */
async function refusalsOf({ group: { secret }, config, credentials }: Patient): Promise<RotatorError[]> {
  const pair = await credentials.get()
  const read = async (action: string, params: Readonly<Record<string, string>>) => {
    try {
      const call = { product: 'kms', endpoint: config.endpoints.kms, action, credentials: pair } as const
      await plainRead({ ...call, params: { SecretName: secret, ...params } }, `secret ${secret}`)
      return []
    } catch (error) {
      if (error instanceof RotatorError) return [error]
      throw error
    }
  }
  const list = { IncludeDeprecated: 'true', PageNumber: '1', PageSize: '20' }
  return (await Promise.all([read('ListSecretVersionIds', list), read('GetSecretValue', {})])).flat()
}
