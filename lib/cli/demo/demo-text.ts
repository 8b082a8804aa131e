import type { Style } from '../style.ts'
import { reportText } from '../text/report-text.ts'
import { demoWords } from '../words/demo-words.ts'
import { isFlawless, type DemoFigures } from './figures.ts'

/** The figures for people, with a verdict at the end. */
export function demoText(figures: DemoFigures, style: Style): string {
  const { color, language } = style
  const words = demoWords[language]
  const { domains, rotated, throttled, callbacks, forged, cutOff, report } = figures
  const mark = (good: boolean) => (good ? color.green('✓') : color.red('✗'))
  const lines = [
    `${mark(rotated === domains)} ${words.rotated(figures)}`,
    `${mark(throttled === 0)} ${words.throttled(throttled)}`,
    `${mark(callbacks.rejected === 0)} ${words.genuine(callbacks)}`,
    `${mark(forged.accepted === 0)} ${words.forged(forged)}`,
  ]
  if (cutOff !== undefined) {
    const { shownMs, seenMs } = cutOff
    lines.push(`${mark(shownMs !== null && seenMs <= shownMs)} ${words.cutOff(cutOff)}`)
  }
  const verdict = isFlawless(figures)
    ? color.green(color.bold(words.flawless))
    : color.red(color.bold(words.flawed))
  return [reportText(report, style), '', ...lines, '', verdict].join('\n')
}
