import type { Language } from '../core/language.ts'
import type { NotifyFormat } from '../config/types.ts'
import type { Cause } from '../rotation/report/findings.ts'
import type { GroupReport } from '../rotation/report/report.ts'
import { messageTexts } from './message.ts'
import { jsonFields } from '../core/json.ts'

/** One cause in one group to tell people about. */
export interface Notification {
  readonly group: GroupReport
  readonly cause: Cause
  readonly message: string
}

/** The body of one POST and its notifications. */
export interface WebhookBody {
  readonly body: unknown
  readonly notifications: readonly Notification[]
}

/**
 * Every chat message starts with it, so it can be the keyword that the security settings of a DingTalk or Feishu robot
 * require.
 */
export const KEYWORD = 'live-key-rotator'

/** DingTalk and Feishu accept 20 KB, Slack 40,000 characters; people read less. */
const LONGEST_TEXT = 4_000
const SHOWN_FAILURES = 100

/**
 * The bodies for a webhook. A chat robot gets one message for a whole run: DingTalk mutes one that sends more than 20 a
 * minute. `json` gets one body for each cause.
 *
 * The shapes: open.dingtalk.com, "custom robot", `msgtype: text`; open.feishu.cn, "custom bot", `msg_type: text`;
 * docs.slack.dev, "incoming webhooks". A robot must be secured by the keyword {@link KEYWORD}: signed requests are not
 * supported, and a function has no fixed address for an allow-list.
 */
export function bodiesOf(
  format: NotifyFormat,
  notifications: readonly Notification[],
  region: string,
  language: Language,
): WebhookBody[] {
  switch (format) {
    case 'dingtalk':
      return [
        {
          body: { msgtype: 'text', text: { content: textOf(notifications, region, language) } },
          notifications,
        },
      ]
    case 'feishu':
      return [
        {
          body: {
            msg_type: 'text',
            content: { text: withoutMentions(textOf(notifications, region, language)) },
          },
          notifications,
        },
      ]
    case 'slack':
      return [{ body: { text: escaped(textOf(notifications, region, language)) }, notifications }]
    case 'json':
      return notifications.map((one) => ({ body: jsonOf(one), notifications: [one] }))
  }
}

/**
 * Why an answer with status 200 is a refusal: DingTalk and Feishu refuse with status 200 and a code in the body.
 *
 * @returns null if the message was accepted.
 */
export function refusalOf(format: NotifyFormat, text: string): string | null {
  if (format !== 'dingtalk' && format !== 'feishu') return null
  const answer = jsonFields(text)
  const code = format === 'dingtalk' ? answer['errcode'] : (answer['code'] ?? answer['StatusCode'])
  if (code === 0) return null
  const hint =
    code === 310000 || code === 19024 ? `: make ${KEYWORD} a keyword in the robot's security settings` : ''
  return typeof code === 'number'
    ? `it refused with code ${code}${hint}`
    : 'its answer is not one that a robot gives'
}

function textOf(notifications: readonly Notification[], region: string, language: Language): string {
  const text = [`[${KEYWORD}] ${region}`, ...notifications.map(({ message }) => message)].join('\n\n')
  return text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) + messageTexts[language].seeLog : text
}

/** These three characters are markup in Slack: `<!channel>` would notify everyone. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/**
 * In Feishu, `<at user_id="all">` would notify everyone (open.feishu.cn, "custom bot"). There is no documented escape, so
 * the sign is replaced by a lookalike.
 */
function withoutMentions(text: string): string {
  return text.replace(/<(?=at)/gi, '＜')
}

function jsonOf({ group, cause, message }: Notification): unknown {
  const { domains } = group
  return {
    group: group.group,
    cause: cause.code,
    subject: cause.subject,
    outcome: group.outcome,
    message,
    report: { ...group, domains: { ...domains, failed: domains.failed.slice(0, SHOWN_FAILURES) } },
  }
}
