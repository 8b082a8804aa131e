import { MultiBar, type SingleBar } from 'cli-progress'
import type { Clock } from '../../core/clock.ts'
import type { LogEvent } from '../../rotation/report/events.ts'
import type { Sink } from '../io.ts'
import type { Style } from '../style.ts'
import { wrapText } from '../text/wrap.ts'
import { progressWords, type ProgressWords } from '../words/progress-words.ts'
import { barLine, cutLine, type BarLine } from './bar-line.ts'
import { lineText } from './line-text.ts'
import type { Activity, Line, Narrator } from './narrator.ts'
import type { Progress } from './progress-display.ts'

const FRAME_MS = 100
const ERASE_REST_OF_LINE = '\u001b[K'

/** What a bar shows: a line with a bar, or a changing text. */
type Payload =
  { readonly line: BarLine; readonly text?: undefined } | { readonly text: string; readonly line?: undefined }

interface BarOptions {
  readonly narrator: Narrator
  readonly stream: Sink
  readonly style: Style
  readonly clock: Clock
}

/** The bars' library cuts a line that is wider than the terminal, and counts colour codes as text. */
function roomFor(color: (text: string) => string, { width }: Style): number {
  return width - color('').length
}

/** Progress in a terminal: a bar for what each group is doing, under the lines of what it has done. */
export class BarProgress implements Progress {
  readonly #narrator: Narrator
  readonly #style: Style
  readonly #clock: Clock
  readonly #bars: MultiBar
  readonly #byGroup = new Map<string, SingleBar>()
  readonly #frames: NodeJS.Timeout
  #stopped = false
  /** Shown while nothing else changes. */
  #idle: SingleBar | undefined
  readonly #startedAt: number
  #ticker: { readonly bar: SingleBar; readonly text: () => string } | undefined

  constructor({ narrator, stream, style, clock }: BarOptions) {
    this.#narrator = narrator
    this.#style = style
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#bars = new MultiBar({
      stream,
      format: (_options, _params, { line, text }: Payload) =>
        text === undefined
          ? barLine(line, roomFor(style.color.cyan, style), style.color.cyan)
          : style.color.dim(cutLine(`  ${text}`, roomFor(style.color.dim, style))),
      hideCursor: true,
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
      linewrap: true,
      fps: 1_000 / FRAME_MS,
    })
    this.#frames = setInterval(() => this.#draw(), FRAME_MS)
    this.#frames.unref()
  }

  readonly log = (event: LogEvent): void => {
    for (const line of this.#narrator.hear(event)) this.say(line, event.group)
  }

  say(line: Line, group?: string): void {
    if (this.#stopped) return
    this.#write(lineText(line, group, this.#style))
  }

  title(text: string): void {
    this.#write(wrapText(this.#style.color.bold(text), this.#style.width))
  }

  ticker(text: () => string): void {
    const bar = this.#bars.create(1, 0, { text: text() })
    this.#ticker = { bar, text }
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#frames)
    if (this.#ticker !== undefined) this.#bars.remove(this.#ticker.bar)
    this.#ticker = undefined
    if (this.#idle !== undefined) this.#bars.remove(this.#idle)
    for (const bar of this.#byGroup.values()) this.#bars.remove(bar)
    this.#byGroup.clear()
    this.#bars.update()
    this.#bars.stop()
  }

  /** Clears to the end of the line, as a longer bar may have been there. */
  #write(line: string): void {
    this.#bars.log(`${line.replaceAll('\n', `${ERASE_REST_OF_LINE}\n`)}${ERASE_REST_OF_LINE}\n`)
  }

  #draw(): void {
    this.#ticker?.bar.update(0, { text: this.#ticker.text() })
    for (const [group, bar] of this.#byGroup) {
      if (this.#narrator.activities.has(group)) continue
      this.#bars.remove(bar)
      this.#byGroup.delete(group)
    }
    for (const [group, activity] of this.#narrator.activities) {
      const { done, total, detail } = this.#measure(activity)
      const label = group === '' ? activity.label : `${group}: ${activity.label}`
      const payload: Payload = { line: { label, done, total, detail } }
      const bar = this.#byGroup.get(group) ?? this.#bars.create(total, done, payload)
      this.#byGroup.set(group, bar)
      bar.setTotal(total)
      bar.update(done, payload)
    }
    this.#drawIdle()
  }

  #drawIdle(): void {
    if (this.#ticker === undefined && this.#byGroup.size === 0) {
      const payload: Payload = { text: this.#words.working(this.#clock.now() - this.#startedAt) }
      this.#idle ??= this.#bars.create(1, 0, payload)
      this.#idle.update(0, payload)
    } else if (this.#idle !== undefined) {
      this.#bars.remove(this.#idle)
      this.#idle = undefined
    }
  }

  get #words(): ProgressWords {
    return progressWords[this.#style.language]
  }

  #measure({ done, total, waits, startedAt }: Activity): { done: number; total: number; detail: string } {
    const now = this.#clock.now()
    if (waits !== undefined) {
      const left = Math.max(0, waits.until - now)
      return {
        done: now - waits.from,
        total: waits.until - waits.from,
        detail: this.#words.left(left),
      }
    }
    // Too little is done to estimate the rest.
    const left = done === 0 || now - startedAt < 1_000 ? null : ((now - startedAt) * (total - done)) / done
    const rounded = left !== null && left < 10_000 ? Math.ceil(left / 1_000) * 1_000 : left
    return { done, total, detail: this.#words.doneOf(done, total, rounded) }
  }
}
