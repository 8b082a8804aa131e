import type { PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import { hasCode } from '../../../../core/errors.ts'
import { Key } from '../../../../keyset/key.ts'
import { say, type Said } from '../../../words/said.ts'
import {
  answered,
  answeredBy,
  delayInWords,
  inWords,
  NOT_SEEN,
  unanswered,
  type Laboratory,
  type Measured,
} from './laboratory.ts'

/** Where the measurement's notifications would go: nowhere. */
const NOWHERE = 'https://receiver.invalid/live-key-rotator/try'

/**
 * Measures how Live answers for a domain without a configuration, whether it sets a key without a callback URL, and how
 * soon it shows a change. Leaves the domain without either configuration.
 */
export async function measureLive(lab: Laboratory): Promise<Measured[]> {
  const { domain } = lab.given
  await clearDomain(lab)
  const query = await lab.live('QuerySnapshotCallbackAuth')
  if (query.code === 'InvalidDomain.NotFound') {
    const why = say(`domain ${domain} is not one of this account`, `域名 ${domain} 不属于该账号`)
    return [unanswered(say('everything about Live', '视频直播的全部问题'), why)]
  }
  const describe = await lab.live('DescribeLiveSnapshotNotifyConfig')
  const update = await lab.live('UpdateLiveSnapshotNotifyConfig', { NotifyUrl: NOWHERE, NotifyReqAuth: 'no' })
  const set = await setKey(lab, Key.generate())
  const missing = await lab.live('QuerySnapshotCallbackAuth', { DomainName: `none.${domain}` })
  const measured = [
    // The later one counts, because a rotation meets the Query's code.
    notThere(update),
    unconfigured(
      say('Describe of a domain without a notify configuration', 'Describe：没有通知配置的域名'),
      describe,
      'unconfiguredNotifyConfig',
    ),
    unconfigured(
      say('Query of a domain without authentication', 'Query：没有设置鉴权的域名'),
      query,
      'unconfiguredQuery',
    ),
    await withoutUrl(lab, set),
    await lag(lab, set.code === null),
    answeredBy(say('Query of a domain that does not exist', 'Query：不存在的域名'), missing),
  ]
  await clearDomain(lab)
  return measured
}

/** Removes both configurations of the domain, and waits until that shows. */
export async function clearDomain(lab: Laboratory): Promise<void> {
  await lab.live('DeleteSnapshotCallbackAuth')
  await lab.live('DeleteLiveSnapshotNotifyConfig')
  await lab.delayUntil(async () => {
    const query = await lab.live('QuerySnapshotCallbackAuth')
    const describe = await lab.live('DescribeLiveSnapshotNotifyConfig')
    return !holds(query, 'CallbackAuthKey') && !holds(describe, 'NotifyUrl')
  })
}

function holds({ code, body }: PlainAnswer, field: string): boolean {
  return code === null && typeof body[field] === 'string' && body[field] !== ''
}

export function setKey(lab: Laboratory, key: Key): Promise<PlainAnswer> {
  return lab.live('SetSnapshotCallbackAuth', { CallbackReqAuth: 'yes', CallbackAuthKey: key.reveal() })
}

export function addNotifyConfig(lab: Laboratory, url: string, key: Key): Promise<PlainAnswer> {
  return lab.live('AddLiveSnapshotNotifyConfig', notifyFields(url, key))
}

export function notifyFields(url: string, key: Key) {
  return { NotifyUrl: url, NotifyReqAuth: 'yes', NotifyAuthKey: key.reveal() }
}

/** How an operation on a missing configuration is refused. */
function notThere(update: PlainAnswer): Measured {
  const question = say('Update of a notify configuration that is not there', 'Update：不存在的通知配置')
  const { status, code } = update
  return answeredBy(question, update, code === null ? {} : { configNotFound: { status, code } })
}

function unconfigured(
  question: Said,
  answer: PlainAnswer,
  name: 'unconfiguredQuery' | 'unconfiguredNotifyConfig',
): Measured {
  const { status, code } = answer
  if (code === null) return answered(question, say('blank fields', '字段为空'), { [name]: 'blank' })
  return answeredBy(question, answer, { [name]: 'error', configNotFound: { status, code } })
}

/** Only shows something for a domain without a callback URL. */
async function withoutUrl(lab: Laboratory, set: PlainAnswer): Promise<Measured> {
  const question = say('Set on a domain without a callback URL', 'Set：没有回调 URL 的域名')
  const urls = await lab.callbackUrls().catch((error: unknown) => {
    if (hasCode(error, 'denied')) return null
    throw error
  })
  if (urls === null) {
    const fix = say('allow live:DescribeLiveSnapshotConfig', '请授予 live:DescribeLiveSnapshotConfig 权限')
    return unanswered(question, fix)
  }
  if (urls.length > 0) {
    return unanswered(question, say('give up a domain that has none', '请给出一个没有回调 URL 的域名'))
  }
  return answeredBy(question, set, { setWithoutCallbackUrl: set.code === null ? 'accept' : 'refuse' })
}

/** Uses whichever of the two configurations can be set. */
async function lag(lab: Laboratory, canSet: boolean): Promise<Measured> {
  const question = say('how soon Query shows what was set', '设置后多久 Query 能看到')
  const key = Key.generate()
  const change = canSet ? await setKey(lab, key) : await addNotifyConfig(lab, NOWHERE, key)
  if (change.code !== null) return unanswered(question, inWords(change))
  const [action, field] = canSet
    ? (['QuerySnapshotCallbackAuth', 'CallbackAuthKey'] as const)
    : (['DescribeLiveSnapshotNotifyConfig', 'NotifyAuthKey'] as const)
  const delay = await lab.delayUntil(async () => (await lab.live(action)).body[field] === key.reveal())
  if (delay === null) return unanswered(question, NOT_SEEN)
  return answered(question, delayInWords(delay), { queryLagMs: delay })
}
