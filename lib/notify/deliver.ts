import type { Clock } from '../core/clock.ts'
import type { Language } from '../core/language.ts'
import type { RotationConfig } from '../config/types.ts'
import type { Log } from '../rotation/ports.ts'
import { bodiesOf, type Notification } from './formats.ts'
import type { Send, SendAnswer, Webhook } from './send.ts'

export interface DeliverOptions {
  readonly clock: Clock
  readonly log: Log
  readonly send: Send
  readonly language: Language
}

const RETRY_PAUSE_MS = 500

/**
 * Sends the notifications to every webhook concurrently, and retries once if that may help. A lost answer can cause a
 * duplicate message.
 *
 * @returns The notifications that at least one webhook accepted.
 */
export async function deliver(
  notifications: readonly Notification[],
  { notify, region }: Pick<RotationConfig, 'notify' | 'region'>,
  options: DeliverOptions,
): Promise<ReadonlySet<Notification>> {
  const delivered = new Set<Notification>()
  if (notifications.length === 0) return delivered
  await Promise.all(
    notify.flatMap((webhook) =>
      bodiesOf(webhook.format, notifications, region, options.language).map(async (one) => {
        const { accepted, detail } = await sendTwice(webhook, one.body, options)
        for (const notification of accepted ? one.notifications : []) delivered.add(notification)
        const to = shown(webhook)
        if (accepted) {
          const causes = one.notifications.map(nameOf)
          options.log({ level: 'info', event: 'notified', webhook: to, causes })
        } else options.log({ level: 'warn', event: 'notNotified', webhook: to, message: detail })
      }),
    ),
  )
  return delivered
}

async function sendTwice(
  webhook: Webhook,
  body: unknown,
  { clock, send }: DeliverOptions,
): Promise<SendAnswer> {
  const first = await send(webhook, body)
  if (first.accepted || !first.retryable) return first
  await clock.sleep(RETRY_PAUSE_MS)
  return send(webhook, body)
}

/** Only the host: DingTalk has its token in the query, Feishu and Slack in the path. */
function shown({ url, format }: Webhook): string {
  return `${format} at ${new URL(url).host}`
}

function nameOf({ group, cause }: Notification): string {
  return `${group.group}: ${cause.code}${cause.subject === null ? '' : ` ${cause.subject}`}`
}
