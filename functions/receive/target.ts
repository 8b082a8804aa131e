import { isHost } from '../../lib/receiver/hosts.ts'

/** Ports that `fetch` never calls ("bad port", Fetch Standard), except 1, where nothing listens anyway. */
const BLOCKED = new Set(
  (
    '0 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 ' +
    '135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 ' +
    '995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'
  ).split(' '),
)

/** Whether callbacks can be sent to this URL. */
export function isTarget(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  if (`${url.username}${url.password}` !== '' || /\s/.test(value)) return false
  return isHost(url.host) && !BLOCKED.has(url.port)
}
