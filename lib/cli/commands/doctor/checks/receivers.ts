import { count } from '../../../../core/counts.ts'
import { Key } from '../../../../keyset/key.ts'
import { currentKey, type Keyset } from '../../../../keyset/keyset.ts'
import { probeUrls } from '../../../choose-group.ts'
import { shownUrl } from '../../../text/shown-url.ts'
import { askReceiver, type ReceiverAnswer } from '../../probe/ask-receiver.ts'
import { fail, ok, skipped, warn, type Check } from '../check.ts'
import { groupSubject, type Patient } from '../patient.ts'
import { receiverClock } from './account.ts'

/** Every receiver of a group: that it accepts the current key, and refuses one that nobody has ever published. */
export async function checkReceivers(patient: Patient, keyset: Keyset | null): Promise<Check[]> {
  const { group } = patient
  const urls = probeUrls(group)
  if (urls.length === 0) {
    const fix = 'name the callback URLs of its receivers under `probes`'
    return (['receiver.accepts', 'receiver.refuses', 'receiver.instances'] as const).map((id) =>
      skipped(id, groupSubject(group), 'it names no receivers', fix),
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
    const message = 'there is no current key yet'
    const fix = 'rotate first, then look again'
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
  if (accepted) return ok(id, subject, `it accepts the current key ${kid}`)
  const fix =
    status === null
      ? 'check the URL, and that it can be reached from here'
      : 'check its `host`, its secret and its permission kms:GetSecretValue (see docs/receivers.md)'
  return fail(id, subject, `it does not accept the current key ${kid}: ${detail}`, fix)
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
      `it accepts a key that was made up just now: it verifies nothing (${detail})`,
      'have it verify every callback before it answers (see docs/receivers.md)',
    )
  }
  if (status === 401) return ok(id, subject, 'it refuses a key that was made up just now')
  if (status === 503 && !hasKeyset) {
    return warn(id, subject, 'it has no keyset to verify with yet', 'the first rotation stores one')
  }
  if (status === 400 || status === 403) {
    return warn(id, subject, `it refuses by ${status}`, 'have it answer 401, as the rotator expects')
  }
  const fix =
    status === null
      ? 'check the URL, and that it can be reached from here'
      : 'see to it that the URL leads to the receiver itself, which refuses with 401'
  return fail(id, subject, `what it says to a key that was made up is no refusal: ${detail}`, fix)
}

function instancesCheck(
  subject: string,
  { accepted, instances }: ReceiverAnswer,
  keyset: Keyset,
  most: number | undefined,
): Check {
  const id = 'receiver.instances'
  if (!accepted) return skipped(id, subject, 'it does not accept the current key')
  if (instances.length === 0) {
    return warn(
      id,
      subject,
      'it does not say which of its instances answers, so that a rotation waits a full ttl',
      'verify with this version of live-key-rotator/receiver, or another that gives evidence',
    )
  }
  const others = instances.filter(({ lineage }) => lineage !== keyset.lineage)
  const behind = instances.filter(
    ({ lineage, revision }) => lineage === keyset.lineage && revision < keyset.revision,
  )
  if (others.length > 0) {
    const message = `${count(others.length, 'instance')} of it use another keyset than secret ${keyset.group}'s`
    return fail(id, subject, message, 'have it read the secret of this group')
  }
  const seen = `${count(instances.length, 'instance')} seen`
  if (most !== undefined && instances.length > most) {
    const fix = 'raise propagation.instances: a rotation would go on before all of them know the key'
    return fail(id, subject, `${seen}, and ${most} are configured`, fix)
  }
  if (behind.length === 0) return ok(id, subject, `${seen}, all on revision ${keyset.revision}`)
  const message = `${seen}, ${behind.length} of them behind revision ${keyset.revision}`
  return warn(id, subject, message, 'look again after one ttl; if it lasts, they cannot read the secret')
}
