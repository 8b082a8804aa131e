import { callerIdentity, type CallerIdentity } from '../../../../alibaba/sts/caller-identity.ts'
import type { Credentials } from '../../../../alibaba/transport/credentials.ts'
import { plainCall } from '../../../../alibaba/transport/plain-call.ts'
import type { RotationConfig } from '../../../../config/types.ts'
import { hasCode } from '../../../../core/errors.ts'
import { humanDuration } from '../../../text/human.ts'
import { failure, fail, ok, warn, type Check } from '../check.ts'
import { say, type Said } from '../../../words/said.ts'

const HERE = say('this machine', '本机')
const AGREE = say('its clock and this one agree', '它的时钟与本机一致')

/** Beyond this, servers refuse signatures. */
const SIGNATURES_HOLD_MS = 15 * 60_000
/** An answer's Date is in whole seconds. */
const PRECISION_MS = 1_000

/** Whose credentials they are; null if that is unknown. */
export interface CredentialsChecked {
  readonly check: Check
  readonly identity: CallerIdentity | null
}

/** Whether there are credentials, and whose: asks STS, which needs no permission. */
export async function checkCredentials(
  credentials: () => Promise<Credentials>,
  stsEndpoint: string,
): Promise<CredentialsChecked> {
  const id = 'credentials'
  let found: Credentials
  try {
    found = await credentials()
  } catch (error) {
    return { check: failure(id, HERE, error), identity: null }
  }
  try {
    const identity = await callerIdentity(stsEndpoint, found)
    const { accountId, arn } = identity
    return {
      check: ok(
        id,
        say(`account ${accountId}`, `账号 ${accountId}`),
        say(
          `calls are made as ${arn || `account ${accountId}`}`,
          `以 ${arn || `账号 ${accountId}`} 的身份调用`,
        ),
      ),
      identity,
    }
  } catch (error) {
    if (hasCode(error, 'badCredentials')) return { check: failure(id, HERE, error), identity: null }
    // Not every network can reach STS; the other calls show whether the credentials are good.
    return { check: failure(id, HERE, error, 'warn'), identity: null }
  }
}

/** How far Live's clock is from ours, by a call that is answered without any permission. */
export async function checkClock(
  { endpoints, groups }: RotationConfig,
  credentials: Credentials,
  now: () => number,
): Promise<Check> {
  const subject = new URL(endpoints.live).host
  try {
    const call = { product: 'live', endpoint: endpoints.live, action: 'DescribeLiveUserDomains' } as const
    const before = now()
    const { answeredAt } = await plainCall({ ...call, params: { PageSize: '1' }, credentials }, 'the domains')
    if (answeredAt === null)
      return warn(
        'clock',
        subject,
        say('its answers show no time', '应答中没有时间'),
        say('compare clocks by hand', '请手工核对时钟'),
      )
    const middle = (before + now()) / 2
    const skewMs = Math.min(...groups.map(({ overlap }) => overlap.clockSkewMs))
    return gapCheck(subject, answeredAt + PRECISION_MS / 2 - middle, skewMs)
  } catch (error) {
    return failure('clock', subject, error)
  }
}

function gapCheck(subject: string, gapMs: number, skewMs: number): Check {
  const far = Math.abs(gapMs)
  const gap = gapText(gapMs)
  const fix = say('set the clock of this machine, by NTP', '请用 NTP 校准本机时钟')
  if (far <= PRECISION_MS) return ok('clock', subject, AGREE)
  if (far > SIGNATURES_HOLD_MS)
    return fail('clock', subject, and(gap, 'it refuses what is signed here', '它会拒绝本机签名的请求'), fix)
  if (far <= skewMs) return ok('clock', subject, gap)
  return warn(
    'clock',
    subject,
    and(gap, 'beyond overlap.clockSkew, no old key can retire', '超过 overlap.clockSkew，不能清除旧密钥'),
    fix,
  )
}

/** How far a receiver's clock is from ours: it refuses timestamps that are more than five minutes off. */
export function receiverClock(url: string, gapMs: number): Check {
  const far = Math.abs(gapMs)
  const gap = gapText(gapMs)
  if (far <= 60_000) return ok('clock', url, far <= 2 * PRECISION_MS ? AGREE : gap)
  const fix = say('set the clock of the receiver, by NTP', '请用 NTP 校准接收端时钟')
  return far > 300_000
    ? fail('clock', url, and(gap, 'it refuses genuine callbacks', '它会拒绝真实回调'), fix)
    : warn(
        'clock',
        url,
        and(gap, 'beyond 5 min it refuses genuine callbacks', '超过 5 分钟它会拒绝真实回调'),
        fix,
      )
}

/** A `Date` header has whole seconds, and the call takes some time: a large gap is shown in steps of 5 s. */
function gapText(gapMs: number): Said {
  const step = Math.abs(gapMs) >= 30_000 ? 5_000 : 1
  const far = Math.round(Math.abs(gapMs) / step) * step
  return say(
    `its clock is ${humanDuration(far)} ${gapMs < 0 ? 'behind' : 'ahead of'} this one`,
    `它的时钟比本机${gapMs < 0 ? '慢' : '快'} ${humanDuration(far, 'zh')}`,
  )
}

function and(gap: Said, en: string, zh: string): Said {
  return say(`${gap.en}: ${en}`, `${gap.zh}：${zh}`)
}
