import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Clock } from '../../core/clock.ts'
import type { LogEvent } from '../../rotation/report/events.ts'
import type { Sink } from '../io.ts'
import type { Style } from '../style.ts'
import { humanDuration } from '../text/human.ts'
import { lineText } from './line-text.ts'
import type { Activity, Line, Narrator } from './narrator.ts'
import type { Progress } from './progress.ts'

const FRAME_MS = 100
const ERASE_REST_OF_LINE = '\u001b[K'

interface BarOptions {
  readonly narrator: Narrator
  readonly stream: Sink
  readonly style: Style
  readonly clock: Clock
}

/** Progress in a terminal: a bar for what each group is doing now, under the lines of what it has done. */
export class BarProgress implements Progress {
  readonly #narrator: Narrator
  readonly #style: Style
  readonly #clock: Clock
  readonly #bars: MultiBar
  readonly #byGroup = new Map<string, SingleBar>()
  readonly #frames: NodeJS.Timeout
  #ticker: { readonly bar: SingleBar; readonly text: () => string } | undefined

  constructor({ narrator, stream, style, clock }: BarOptions) {
    this.#narrator = narrator
    this.#style = style
    this.#clock = clock
    this.#bars = new MultiBar(
      {
        stream,
        format: `  {group}{label} ${style.color.cyan('{bar}')} {detail}`,
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
        forceRedraw: true,
        gracefulExit: false,
        linewrap: true,
        fps: 1_000 / FRAME_MS,
      },
      Presets.shades_classic,
    )
    this.#frames = setInterval(() => this.#draw(), FRAME_MS)
    this.#frames.unref()
  }

  readonly log = (event: LogEvent): void => {
    for (const line of this.#narrator.hear(event)) this.say(line, event.group)
  }

  say(line: Line, group?: string): void {
    this.#write(lineText(line, group, this.#style))
  }

  title(text: string): void {
    this.#write(this.#style.color.bold(text))
  }

  ticker(text: () => string): void {
    const bar = this.#bars.create(1, 0, { text: text() }, { format: `  ${this.#style.color.dim('{text}')}` })
    this.#ticker = { bar, text }
  }

  stop(): void {
    clearInterval(this.#frames)
    if (this.#ticker !== undefined) this.#bars.remove(this.#ticker.bar)
    this.#ticker = undefined
    for (const bar of this.#byGroup.values()) this.#bars.remove(bar)
    this.#byGroup.clear()
    this.#bars.update()
    this.#bars.stop()
  }

  /** The line may take the place of a bar, of which nothing must be left at its end. */
  #write(line: string): void {
    this.#bars.log(`${line}${ERASE_REST_OF_LINE}\n`)
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
      const payload = { group: group === '' ? '' : `${group}: `, label: activity.label, detail }
      const bar = this.#byGroup.get(group) ?? this.#bars.create(total, done, payload)
      this.#byGroup.set(group, bar)
      bar.setTotal(total)
      bar.update(done, payload)
    }
  }

  #measure({ done, total, waits, startedAt }: Activity): { done: number; total: number; detail: string } {
    const now = this.#clock.now()
    if (waits !== undefined) {
      const left = Math.max(0, waits.until - now)
      return {
        done: now - waits.from,
        total: waits.until - waits.from,
        detail: `${humanDuration(left)} left`,
      }
    }
    return { done, total, detail: `${done}/${total}, ${humanDuration(now - startedAt)}` }
  }
}
