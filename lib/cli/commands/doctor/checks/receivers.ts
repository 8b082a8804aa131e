import { count } from '../../../../core/counts.ts'
import { Key } from '../../../../keyset/key.ts'
import { currentKey, type Keyset } from '../../../../keyset/keyset.ts'
import { answerInChinese } from '../../../../rotation/report/chinese.ts'
import { shownUrl } from '../../../text/shown-url.ts'
import { askReceiver, type ReceiverAnswer } from '../../probe/ask-receiver.ts'
import { fail, ok, skipped, warn, type Check } from '../check.ts'
import { say } from '../../../words/said.ts'
import { groupSubject, type Patient } from '../patient.ts'
import { receiverClock } from './account.ts'

const REACH = say('check the URL, and that it can be reached from here', '请检查该 URL，以及从本机能否访问')

/** Checks that every receiver of a group accepts the current key, and refuses one that was never published. */
export async function checkReceivers(patient: Patient, keyset: Keyset | null): Promise<Check[]> {
  const { group } = patient
  const urls = group.probes
  if (urls.length === 0) {
    const fix = say(
      'name the callback URLs of its receivers under `probes`',
      '请把接收端的回调 URL 写入 `probes`',
    )
    return (['receiver.accepts', 'receiver.refuses', 'receiver.instances'] as const).map((id) =>
      skipped(id, groupSubject(group), say('it names no receivers', '没有写明接收端'), fix),
    )
  }
  return (await Promise.all(urls.map((url) => checkReceiver(url, patient, keyset)))).flat()
}

async function checkReceiver(
  url: string,
  { group, probe, clock }: Patient,
  keyset: Keyset | null,
): Promise<Check[]> {
  const subject = shownUrl(url)
  const current = keyset === null ? undefined : currentKey(keyset)
  const forged = await askReceiver(url, Key.generate(), probe, clock)
  const refuses = refusesCheck(subject, forged, keyset !== null)
  const times = forged.clockGapMs === null ? [] : [receiverClock(subject, forged.clockGapMs)]
  if (keyset === null || current === undefined) {
    const message = say('there is no current key yet', '还没有当前密钥')
    const fix = say('rotate first, then look again', '请先轮转，再检查')
    return [
      skipped('receiver.accepts', subject, message, fix),
      refuses,
      skipped('receiver.instances', subject, message, fix),
      ...times,
    ]
  }
  const answer = await askReceiver(url, current.key, probe, clock)
  return [
    acceptsCheck(subject, answer, current.kid),
    refuses,
    instancesCheck(subject, answer, keyset, group.instances?.get(url)),
    ...times,
  ]
}

function acceptsCheck(subject: string, { accepted, detail, status }: ReceiverAnswer, kid: string): Check {
  const id = 'receiver.accepts'
  if (accepted) return ok(id, subject, say(`it accepts the current key ${kid}`, `接受当前密钥 ${kid}`))
  const fix =
    status === null
      ? REACH
      : say(
          'check its `host`, its secret and its permission kms:GetSecretValue (see docs/receivers.md)',
          '请检查它的 `host`、凭据和 kms:GetSecretValue 权限（见 docs/receivers.md）',
        )
  return fail(
    id,
    subject,
    say(
      `it does not accept the current key ${kid}: ${detail}`,
      `不接受当前密钥 ${kid}：${answerInChinese(detail)}`,
    ),
    fix,
  )
}

function refusesCheck(
  subject: string,
  { accepted, detail, status }: ReceiverAnswer,
  hasKeyset: boolean,
): Check {
  const id = 'receiver.refuses'
  if (accepted) {
    return fail(
      id,
      subject,
      say(
        `it accepts a key that was made up just now: it verifies nothing (${detail})`,
        `接受了刚刚编造的密钥：它没有校验（${answerInChinese(detail)}）`,
      ),
      say(
        'have it verify every callback before it answers (see docs/receivers.md)',
        '请让它先校验每条回调再应答（见 docs/receivers.md）',
      ),
    )
  }
  if (status === 401)
    return ok(id, subject, say('it refuses a key that was made up just now', '拒绝了刚刚编造的密钥'))
  if (status === 503 && !hasKeyset) {
    return warn(
      id,
      subject,
      say('it has no keyset to verify with yet', '还没有可用于校验的密钥集'),
      say('the first rotation stores one', '第一次轮转会写入'),
    )
  }
  if (status === 400 || status === 403) {
    return warn(
      id,
      subject,
      say(`it refuses by ${status}`, `以 ${status} 拒绝`),
      say('have it answer 401, as the rotator expects', '请让它返回 401'),
    )
  }
  const fix =
    status === null
      ? REACH
      : say(
          'make sure that the URL leads to the receiver itself, which refuses with 401',
          '请确认该 URL 指向接收端本身，拒绝时返回 401',
        )
  return fail(
    id,
    subject,
    say(
      `its answer to a made-up key is not a refusal: ${detail}`,
      `对编造的密钥没有拒绝：${answerInChinese(detail)}`,
    ),
    fix,
  )
}

function instancesCheck(
  subject: string,
  { accepted, instances }: ReceiverAnswer,
  keyset: Keyset,
  most: number | undefined,
): Check {
  const id = 'receiver.instances'
  if (!accepted) return skipped(id, subject, say('it does not accept the current key', '不接受当前密钥'))
  if (instances.length === 0) {
    return warn(
      id,
      subject,
      say(
        'it does not say which of its instances answers, so a rotation waits a full ttl',
        '没有说明是哪个实例应答，因此轮转要等满一个 ttl',
      ),
      say(
        'verify with this version of live-key-rotator/receiver, or another that gives evidence',
        '请用这个版本的 live-key-rotator/receiver 校验，或用其他能给出证明的库',
      ),
    )
  }
  const others = instances.filter(({ lineage }) => lineage !== keyset.lineage)
  const behind = instances.filter(
    ({ lineage, revision }) => lineage === keyset.lineage && revision < keyset.revision,
  )
  if (others.length > 0) {
    const message = say(
      `${count(others.length, 'instance')} of it use another keyset than secret ${keyset.group}'s`,
      `有 ${others.length} 个实例使用的不是组 ${keyset.group} 的密钥集`,
    )
    const fix = say('have it read the secret of this group', '请让它读取该组的凭据')
    return fail(id, subject, message, fix)
  }
  const seen = say(`${count(instances.length, 'instance')} seen`, `看到 ${instances.length} 个实例`)
  if (most !== undefined && instances.length > most) {
    const fix = say(
      'raise propagation.instances: a rotation would continue before all of them know the key',
      '请调大 propagation.instances：否则轮转会在它们全部获知密钥之前继续',
    )
    return fail(
      id,
      subject,
      say(`${seen.en}, and ${most} are configured`, `${seen.zh}，配置的是 ${most} 个`),
      fix,
    )
  }
  if (behind.length === 0) {
    const { revision } = keyset
    return ok(id, subject, say(`${seen.en}, all on revision ${revision}`, `${seen.zh}，都在修订 ${revision}`))
  }
  const message = say(
    `${seen.en}, ${behind.length} of them behind revision ${keyset.revision}`,
    `${seen.zh}，其中 ${behind.length} 个落后于修订 ${keyset.revision}`,
  )
  const fix = say(
    'look again after one ttl; if it lasts, they cannot read the secret',
    '请在一个 ttl 之后再检查；如果仍然如此，说明它们无法读取凭据',
  )
  return warn(id, subject, message, fix)
}
