import type { PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import { hasCode } from '../../../../core/errors.ts'
import { Key } from '../../../../keyset/key.ts'
import { inWords, LONGEST_LOOK_MS, unanswered, type Laboratory, type Measured } from './laboratory.ts'

/** Where notifications of the measurement would go: nowhere. */
const NOWHERE = 'https://receiver.invalid/live-key-rotator/try'

/**
 * How Live answers for a domain without a configuration, whether it sets a key where there is no callback URL, and how
 * soon it shows what was set. Leaves the domain without either configuration.
 */
export async function measureLive(lab: Laboratory): Promise<Measured[]> {
  await clear(lab)
  const query = await lab.live('QuerySnapshotCallbackAuth')
  if (query.code === 'InvalidDomain.NotFound') {
    return [unanswered('everything about Live', `domain ${lab.domain} is not one of this account`)]
  }
  const describe = await lab.live('DescribeLiveSnapshotNotifyConfig')
  const set = await setKey(lab, Key.generate())
  const missing = await lab.live('QuerySnapshotCallbackAuth', { DomainName: `none.${lab.domain}` })
  const measured = [
    unconfigured('Query of a domain without authentication', query, 'unconfiguredQuery'),
    unconfigured('Describe of a domain without a notify configuration', describe, 'unconfiguredNotifyConfig'),
    await withoutUrl(lab, set),
    await lag(lab, set.code === null),
    { question: 'Query of a domain that does not exist', answer: inWords(missing), assumptions: {} },
  ]
  await clear(lab)
  return measured
}

/** Takes both configurations away, and waits until that shows. */
async function clear(lab: Laboratory): Promise<void> {
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

function setKey(lab: Laboratory, key: Key): Promise<PlainAnswer> {
  return lab.live('SetSnapshotCallbackAuth', { CallbackReqAuth: 'yes', CallbackAuthKey: key.reveal() })
}

function unconfigured(
  question: string,
  answer: PlainAnswer,
  name: 'unconfiguredQuery' | 'unconfiguredNotifyConfig',
): Measured {
  const { status, code } = answer
  if (code === null) return { question, answer: 'blank fields', assumptions: { [name]: 'blank' } }
  return {
    question,
    answer: inWords(answer),
    assumptions: { [name]: 'error', configNotFound: { status, code } },
  }
}

/** Tells something only of a domain that has no callback URL. */
async function withoutUrl(lab: Laboratory, set: PlainAnswer): Promise<Measured> {
  const question = 'Set on a domain without a callback URL'
  const urls = await lab.callbackUrls().catch((error: unknown) => {
    if (hasCode(error, 'denied')) return null
    throw error
  })
  if (urls === null) return unanswered(question, 'live:DescribeLiveSnapshotConfig is denied')
  if (urls.length > 0) return unanswered(question, `domain ${lab.domain} has one`)
  return {
    question,
    answer: inWords(set),
    assumptions: { setWithoutCallbackUrl: set.code === null ? 'accept' : 'refuse' },
  }
}

/** By whichever of the two configurations can be set. */
async function lag(lab: Laboratory, canSet: boolean): Promise<Measured> {
  const question = 'how soon Query shows what was set'
  const key = Key.generate()
  const change = canSet
    ? await setKey(lab, key)
    : await lab.live('AddLiveSnapshotNotifyConfig', {
        NotifyUrl: NOWHERE,
        NotifyReqAuth: 'yes',
        NotifyAuthKey: key.reveal(),
      })
  if (change.code !== null) return unanswered(question, inWords(change))
  const [action, field] = canSet
    ? (['QuerySnapshotCallbackAuth', 'CallbackAuthKey'] as const)
    : (['DescribeLiveSnapshotNotifyConfig', 'NotifyAuthKey'] as const)
  const delay = await lab.delayUntil(async () => (await lab.live(action)).body[field] === key.reveal())
  if (delay === null) return unanswered(question, `not within ${LONGEST_LOOK_MS / 1_000} s`)
  const answer = delay === 0 ? 'at once' : `after ${delay} ms`
  return { question, answer, assumptions: { queryLagMs: delay } }
}
