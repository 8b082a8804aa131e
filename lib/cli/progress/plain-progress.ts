import type { Clock } from '../../core/clock.ts'
import type { LogEvent } from '../../rotation/report/events.ts'
import type { Sink } from '../io.ts'
import type { Style } from '../style.ts'
import { progressWords } from '../words/progress-words.ts'
import { lineText } from './line-text.ts'
import type { Line, Narrator } from './narrator.ts'
import type { Progress } from './progress-display.ts'

/** A bar that cannot move says how far it is once in this many percent, and no more often than once a second. */
const STEP_PERCENT = 10
const PAUSE_MS = 1_000

interface PlainOptions {
  readonly narrator: Narrator
  readonly stream: Sink
  readonly style: Style
  readonly clock: Clock
}

/** Progress as lines, for a pipe or a file: not one a domain, but one every ten percent. */
export class PlainProgress implements Progress {
  readonly #narrator: Narrator
  readonly #stream: Sink
  readonly #style: Style
  readonly #clock: Clock
  #stopped = false
  readonly #said = new Map<string, { readonly percent: number; readonly at: number }>()

  constructor({ narrator, stream, style, clock }: PlainOptions) {
    this.#clock = clock
    this.#narrator = narrator
    this.#stream = stream
    this.#style = style
  }

  readonly log = (event: LogEvent): void => {
    for (const line of this.#narrator.hear(event)) this.say(line, event.group)
    if (event.group !== undefined) this.#sayHowFar(event.group)
  }

  say(line: Line, group?: string): void {
    if (this.#stopped) return
    this.#stream.write(`${lineText(line, group, this.#style)}\n`)
  }

  title(text: string): void {
    this.#stream.write(`${this.#style.color.bold(text)}\n`)
  }

  ticker(): void {
    // A line that changes is nothing for a pipe.
  }

  stop(): void {
    this.#stopped = true
    this.#said.clear()
  }

  #sayHowFar(group: string): void {
    const activity = this.#narrator.activities.get(group)
    if (activity === undefined || activity.waits !== undefined) {
      this.#said.delete(group)
      return
    }
    const { label, done, total, startedAt } = activity
    const percent = Math.floor((done / total) * 100)
    const now = this.#clock.now()
    const said = this.#said.get(group) ?? { percent: 0, at: startedAt }
    if (percent < said.percent + STEP_PERCENT || now < said.at + PAUSE_MS) return
    this.#said.set(group, { percent, at: now })
    this.say({ kind: 'note', text: progressWords[this.#style.language].howFar(label, done, total) }, group)
  }
}
