import type { PlainAnswer } from '../../../../alibaba/transport/plain-call.ts'
import { RotatorError } from '../../../../core/errors.ts'
import { say, type Said } from '../../../words/said.ts'
import { answered, unanswered, unasked, type Laboratory, type Measured } from './laboratory.ts'

/** Live allows 30 calls a second for each operation: this is a little above it. */
const GAP_MS = 25
/** How long calls pass at first, whatever the answer is. */
const SETTLING_MS = 1_250
const LASTS_MS = 2 * SETTLING_MS
/** A share that may pass by chance, or at the edge of a window, proves nothing. */
const CLEAR_SHARE = 0.4
/** How long until the account's rate for this operation is free again. */
const RECOVERY_MS = 1_500

const QUESTION = say('a call that is refused for its rate counts toward the rate', '被限流的调用也计入频率')

/**
 * Measures whether throttled calls count toward the rate. If they do, no call of a caller that does not slow down passes
 * any more; if not, as many pass as are allowed. Uses an operation that no rotation uses, on a domain with nothing to
 * delete: each operation has its own limit.
 */
export async function measureRate(lab: Laboratory): Promise<Measured[]> {
  if (!lab.given.mayBurst) return [unasked(QUESTION, '--try-burst')]
  const early: Promise<Fate>[] = []
  const late: Promise<Fate>[] = []
  const from = lab.clock.now()
  for (let passed = 0; passed < LASTS_MS; passed = lab.clock.now() - from) {
    const calls = passed < SETTLING_MS ? early : late
    calls.push(fateOf(lab))
    await lab.clock.sleep(GAP_MS)
  }
  await Promise.all(early)
  const fates = await Promise.all(late)
  await lab.clock.sleep(RECOVERY_MS)
  const amount = (fate: Fate): number => fates.filter((one) => one === fate).length
  return [verdict(amount('passed'), amount('refused'))]
}

type Fate = 'passed' | 'refused'

async function fateOf(lab: Laboratory): Promise<Fate> {
  try {
    const params = { DomainName: lab.given.domain }
    return isThrottled(await lab.call('live', 'DeleteSnapshotCallbackAuth', params, { isPaced: false }))
      ? 'refused'
      : 'passed'
  } catch (error) {
    // Some pages say that such a call is dropped.
    if (error instanceof RotatorError && error.code !== 'deadline') return 'refused'
    throw error
  }
}

function isThrottled({ code }: PlainAnswer): boolean {
  return code?.includes('Throttling') === true
}

function verdict(passed: number, refused: number): Measured {
  const total = passed + refused
  const seen: Said = say(`${passed} of ${total} calls passed`, `${total} 次调用中有 ${passed} 次通过`)
  if (refused === 0) {
    return unanswered(QUESTION, say(`no call was refused (${seen.en})`, `没有调用被限流（${seen.zh}）`))
  }
  if (passed === 0) return answered(QUESTION, say('yes', '是'), { refusedCallsCount: true })
  if (passed >= total * CLEAR_SHARE) return answered(QUESTION, say('no', '否'), { refusedCallsCount: false })
  return unanswered(QUESTION, seen)
}
