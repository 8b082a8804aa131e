import type { Clock } from '../../core/clock.ts'
import type { LogEvent } from '../../rotation/report/events.ts'
import type { Sink } from '../io.ts'
import type { Style } from '../style.ts'
import { progressWords } from '../words/progress-words.ts'
import { lineText } from './line-text.ts'
import type { Line, Narrator } from './narrator.ts'
import type { Progress } from './progress-display.ts'

/** Without a bar, progress is printed once per this many percent, and at most once a second. */
const STEP_PERCENT = 10
const PAUSE_MS = 1_000

interface PlainOptions {
  readonly narrator: Narrator
  readonly stream: Sink
  readonly style: Style
  readonly clock: Clock
}

/** Progress as lines, for a pipe or a file: one every ten percent, not one per domain. */
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
    // A pipe cannot show a changing line.
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
