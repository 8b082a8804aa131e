import type { Action } from '../../config/types.ts'
import type { Phase } from './report.ts'
import type { Problem, Warning } from './findings.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Why the keyset was saved. */
export type Change =
  /** An emergency distrusted the leaked keys and staged a fresh one. */
  | 'cutOff'
  /** A later emergency distrusted further keys. */
  | 'distrusted'
  | 'staged'
  | 'rolledBack'
  /** Keys found on domains were imported. */
  | 'imported'
  | 'promoted'
  /** Domains are now on the group's own keys, or have left the group. */
  | 'known'
  /** Domains have left old keys. */
  | 'cleared'
  | 'retired'
  /** The streams of leaked keys are gone. */
  | 'revoked'
  /** Saved unchanged, because ACSCurrent was not on a keyset. */
  | 'savedAgain'
  /** Continued from the newest valid version under a new lineage. */
  | 'restored'
  /** What people were told was recorded. */
  | 'notices'

interface Events {
  readonly started: Info & { readonly action: Action; readonly reason?: string }
  readonly observing: Info & { readonly total: number }
  readonly observed: Debug & OfDomain & { readonly code?: string }
  readonly inspecting: Info & { readonly total: number }
  readonly inspected: Debug & OfDomain
  readonly saved: Info & { readonly revision: number; readonly change: Change }
  /** Another run saved this revision first. */
  readonly conflict: Info & { readonly revision: number }
  readonly staged: Info & OfKey
  readonly waiting: Info & { readonly phase: Phase; readonly until: string; readonly kid?: string }
  readonly probe: Debug &
    OfKey & { readonly url: string; readonly accepted: boolean; readonly message: string }
  /** A receiver instance showed for the first time that it knows the key; `expected` is null if not stated. */
  readonly instanceSeen: Info &
    OfKey & {
      readonly url: string
      readonly instance: string
      readonly revision: number
      readonly seen: number
      readonly expected: number | null
    }
  readonly applying: Info & OfKey & { readonly total: number }
  readonly set: Debug & OfDomain & OfKey
  readonly confirmed: Debug & OfDomain & OfKey & { readonly attempt: number }
  readonly domainFailed: Fault & OfDomain & Problem
  /** The run ran out of time before the domain's turn. */
  readonly unreached: Debug & OfDomain & Problem
  readonly promoted: Info & OfKey
  readonly retired: Info & { readonly kids: readonly string[] }
  readonly unlisted: Warn & OfDomain & Problem
  /** The number of streams to cut now. */
  readonly interrupting: Info & { readonly total: number }
  readonly interrupted: Info & OfDomain & { readonly stream: string }
  readonly notInterrupted: Debug & OfDomain & { readonly stream: string } & Problem
  readonly warning: (Info | Warn) & { readonly finding: Warning }
  readonly groupFailed: Fault & Problem
  /** A call is retried. */
  readonly 'call.retry': Debug & {
    readonly api: string
    readonly attempt: number
    readonly code: string
    readonly message: string
  }
  readonly notified: Info & { readonly webhook: string; readonly causes: readonly string[] }
  readonly notNotified: Warn & { readonly webhook: string; readonly message: string }
  readonly notifyFailed: Warn & Said
  readonly noticesNotRead: Warn & Said
  readonly noticesNotSaved: Warn & Said
  readonly receipt: Info & { readonly name: string }
  readonly noReceipt: Warn & Said
}

interface Debug {
  readonly level: 'debug'
}
interface Info {
  readonly level: 'info'
}
interface Warn {
  readonly level: 'warn'
}
interface Fault {
  readonly level: 'error'
}
interface OfDomain {
  readonly domain: string
}
interface OfKey {
  readonly kid: string
}
/** The message of an error. */
interface Said {
  readonly message: string
}

/** One line of the log as data: what happened to what. Never holds a key. */
export type LogEventOf<K extends keyof Events = keyof Events> = {
  readonly [Name in K]: { readonly event: Name; readonly group?: string } & Events[Name]
}[K]

export type LogEvent = LogEventOf

/** The text of each event in one language. The compiler reports missing ones. */
export type EventTexts = { readonly [Name in keyof Events]: (event: LogEventOf<Name>) => string }

/** Texts that are the same in every language: names, and the messages of errors. */
export const untranslated = {
  started: ({ action, reason }) => reason ?? action,
  domainFailed: ({ message }) => message,
  unreached: ({ message }) => message,
  unlisted: ({ message }) => message,
  interrupted: ({ stream }) => stream,
  notInterrupted: ({ message }) => message,
  groupFailed: ({ message }) => message,
  'call.retry': ({ message }) => message,
  notNotified: ({ message }) => message,
  notifyFailed: ({ message }) => message,
  noticesNotRead: ({ message }) => message,
  noticesNotSaved: ({ message }) => message,
  receipt: ({ name }) => name,
  noReceipt: ({ message }) => message,
} satisfies Partial<EventTexts>

export function eventText<K extends keyof Events>(event: LogEventOf<K>, texts: EventTexts): string {
  const tell: EventTexts[K] = texts[event.event]
  return tell(event)
}
