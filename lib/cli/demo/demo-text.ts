import { reportText } from '../text/report-text.ts'
import { count, number } from '../../core/counts.ts'
import { humanDuration } from '../text/human.ts'
import type { Style } from '../style.ts'
import { isFlawless, type DemoFigures } from './figures.ts'

/** The figures for people, with a verdict at the end. */
export function demoText(figures: DemoFigures, style: Style): string {
  const { color } = style
  const { domains, rotated, elapsedMs, limitMs, throttled, callbacks, forged, cutOff, report } = figures
  const mark = (good: boolean) => (good ? color.green('✓') : color.red('✗'))
  const lines = [
    `${mark(rotated === domains)} ${number(rotated)} of ${count(domains, 'domain')} rotated in ${humanDuration(elapsedMs)}; the permitted rate allows ${humanDuration(limitMs)} at best`,
    `${mark(throttled === 0)} ${number(throttled)} calls throttled`,
    `${mark(callbacks.rejected === 0)} ${count(callbacks.sent, 'genuine callback')}: ${number(callbacks.accepted)} accepted (${number(callbacks.newKey)} under the new key), ${number(callbacks.quarantined)} quarantined, ${number(callbacks.rejected)} rejected`,
    `${mark(forged.accepted === 0)} ${count(forged.sent, 'forged callback')}: ${number(forged.accepted)} accepted`,
  ]
  if (cutOff !== undefined) {
    const { shownMs, seenMs } = cutOff
    const shown =
      shownMs === null
        ? 'not shown by every instance'
        : `shown by every instance after ${humanDuration(shownMs)}`
    lines.push(
      `${mark(shownMs !== null && seenMs <= shownMs)} leaked keys cut off: ${shown}, last accepted after ${humanDuration(seenMs)}`,
    )
  }
  const verdict = isFlawless(figures)
    ? color.green(color.bold('Not one genuine callback was refused, and not one forged one accepted.'))
    : color.red(color.bold('This is not as it should be.'))
  return [reportText(report, style), '', ...lines, '', verdict].join('\n')
}
