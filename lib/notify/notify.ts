import { isoTime, type Clock } from '../core/clock.ts'
import type { GroupConfig, RotationConfig } from '../config/types.ts'
import type { Language } from '../core/language.ts'
import { RotatorError, toRotatorError } from '../core/errors.ts'
import { withTimeout } from '../core/with-timeout.ts'
import { Ledger } from '../rotation/state/ledger.ts'
import { noticesOf, withNotices, type Notice } from '../rotation/report/notices.ts'
import type { Log, RotationEnvironment } from '../rotation/ports.ts'
import type { GroupReport, Report } from '../rotation/report/report.ts'
import { deliver } from './deliver.ts'
import type { Notification } from './formats.ts'
import { messageOf } from './message.ts'
import { markTold, nextNotices, sameNotices, type NextNotices } from './next-notices.ts'
import { httpSend, type Send } from './send.ts'

/**
 * The notices of groups whose document could not be read or saved. Lasts only as long as the process.
 */
export type NoticeMemory = Map<string, readonly Notice[]>

export interface NotifyOptions {
  readonly report: Report
  readonly config: Pick<RotationConfig, 'region' | 'groups' | 'notify'>
  readonly environment: Pick<RotationEnvironment, 'clock' | 'log' | 'open'>
  /** What people read. Default: English. */
  readonly language?: Language
  /** Default: over HTTP. */
  readonly send?: Send
  /** Default: one that lasts as long as this process. */
  readonly memory?: NoticeMemory
}

const processMemory: NoticeMemory = new Map()

// Together with sending (two attempts of 5 s) these fit into the time that a function reserves for finishing.
const LOAD_MS = 4_000
const SAVE_MS = 4_000

/**
 * Tells the configured webhooks what needs a person's attention, once for each cause, not after every run. The keyset
 * document records what was told, and is saved only when that changes; after a quiet run, no call is made.
 *
 * Sends first and saves afterwards, so if a process is killed in between, the next one tells people again. A cause that
 * only one run can see (a repaired domain, a key dropped by `overlap.max`) is lost if the process is killed before it
 * sends; the log has it. Never throws: failures here are warnings in the log.
 *
 * @example
 * ```ts
 * const report = await run(request, config, environment)
 * await notify({ report, config, environment })
 * ```
 */
export async function notify(options: NotifyOptions): Promise<void> {
  const { report, config, environment, send = httpSend(), memory = processMemory, language = 'en' } = options
  if (config.notify.length === 0) return
  const { clock, log } = environment
  try {
    const groups = report.groups.flatMap((group) => {
      const groupConfig = config.groups.find(({ name }) => name === group.group)
      return groupConfig ? [new GroupNotices(group, groupConfig, environment, memory)] : []
    })
    await Promise.all(groups.map((group) => group.prepare()))
    const notifications = groups.flatMap((group) => group.notifications(language))
    const delivered = await deliver(notifications, config, { clock, log, send, language })
    await Promise.all(groups.map((group) => group.save(delivered)))
  } catch (error) {
    log({ level: 'warn', event: 'notifyFailed', message: toRotatorError(error).message })
  }
}

/** The notices of one group for one report. */
class GroupNotices {
  readonly #report: GroupReport
  readonly #config: GroupConfig
  readonly #environment: NotifyOptions['environment']
  readonly #memory: NoticeMemory
  /** null if the document was not read or does not exist. */
  #ledger: Ledger | null = null
  #next: NextNotices | null = null

  constructor(
    report: GroupReport,
    config: GroupConfig,
    environment: NotifyOptions['environment'],
    memory: NoticeMemory,
  ) {
    this.#report = report
    this.#config = config
    this.#environment = environment
    this.#memory = memory
  }

  /** Decides by what the run read; reads the newest document only if that makes a difference. */
  async prepare(): Promise<void> {
    const remembered = this.#memory.get(this.#report.group)
    const written = this.#report.revision === null ? remembered : this.#report.notices
    const { notices, tell } = this.#decide(written ?? [])
    if (tell.length === 0 && sameNotices(notices, written ?? [])) {
      if (this.#report.revision !== null) this.#memory.delete(this.#report.group)
      return
    }
    this.#ledger = await this.#openLedger()
    this.#next = this.#decide(this.#ledger?.keyset ? noticesOf(this.#ledger.keyset) : (written ?? []))
  }

  notifications(language: Language): Notification[] {
    const group = this.#report
    return (this.#next?.tell ?? []).map((cause) => ({
      group,
      cause,
      message: messageOf(cause, group, language),
    }))
  }

  async save(delivered: ReadonlySet<Notification>): Promise<void> {
    if (!this.#next) return
    const told = [...delivered].filter(({ group }) => group === this.#report).map(({ cause }) => cause)
    const notices = markTold(this.#next.notices, told, this.#now())
    if (await this.#write(notices)) this.#memory.delete(this.#report.group)
    else this.#memory.set(this.#report.group, notices)
  }

  /** Remembered notices could not be saved, so they are newer than the saved ones. */
  #decide(written: readonly Notice[]): NextNotices {
    const remembered = this.#memory.get(this.#report.group) ?? []
    const others = written.filter(({ cause }) => !remembered.some((notice) => notice.cause === cause))
    return nextNotices([...remembered, ...others], this.#report, this.#now())
  }

  async #openLedger(): Promise<Ledger | null> {
    const { clock, open } = this.#environment
    try {
      return await within(clock, LOAD_MS, async () => {
        const { keysets } = await open(this.#config)
        const ledger = new Ledger({ store: keysets, group: this.#config, clock, log: this.#log })
        await ledger.load()
        return ledger
      })
    } catch (error) {
      this.#log({ level: 'warn', event: 'noticesNotRead', message: toRotatorError(error).message })
      return null
    }
  }

  async #write(notices: readonly Notice[]): Promise<boolean> {
    const ledger = this.#ledger
    // Only a rotation creates the first document.
    if (!ledger?.keyset) return false
    try {
      await within(this.#environment.clock, SAVE_MS, () =>
        ledger.change('notices', (keyset) => {
          if (sameNotices(noticesOf(keyset), notices)) return null
          return withNotices(keyset, notices)
        }),
      )
      return true
    } catch (error) {
      this.#log({ level: 'warn', event: 'noticesNotSaved', message: toRotatorError(error).message })
      return false
    }
  }

  #now(): string {
    return isoTime(this.#environment.clock.now())
  }

  readonly #log: Log = (event) => {
    this.#environment.log({ group: this.#config.name, ...event })
  }
}

/** Limits the wait to the time that a function reserves for finishing. */
function within<T>(clock: Clock, ms: number, work: () => Promise<T>): Promise<T> {
  return withTimeout(work, ms, clock, () => {
    throw new RotatorError('timeout', `it took longer than ${ms / 1000} s`)
  })
}
