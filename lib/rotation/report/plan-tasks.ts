import type { OnRunningStreams } from '../../keyset/keyset.ts'

/** What a run would do, step by step, or why it would do nothing. */
interface Tasks {
  readonly noEarlierKey: unknown
  readonly served: unknown
  readonly young: unknown
  readonly stage: unknown
  readonly cutOff: unknown
  readonly stageEarlier: unknown
  readonly waitUntilKnown: unknown
  readonly waitUntilDistrusted: unknown
  readonly set: { readonly domains: number }
  readonly promote: unknown
  readonly letGo: unknown
  readonly treatStreams: unknown
  readonly finish: { readonly kid: string }
  readonly repair: { readonly domains: number }
}

/** A step of a plan as data; turned into text in the last step. */
export type PlanTaskOf<K extends keyof Tasks = keyof Tasks> = {
  readonly [Kind in K]: { readonly kind: Kind } & Tasks[Kind]
}[K]

export type PlanTask = PlanTaskOf

/** The running streams that an emergency would treat. */
export interface AffectedStreams {
  readonly streams: number
  readonly domains: number
  /** How long cutting them all takes. */
  readonly seconds: number
}

/** The texts of a plan in one language. The compiler reports missing ones. */
export interface PlanTexts {
  readonly tasks: { readonly [Kind in keyof Tasks]: (task: PlanTaskOf<Kind>) => string }
  readonly choices: Readonly<Record<OnRunningStreams, (affected: AffectedStreams) => string>>
}

export function planTaskText<K extends keyof Tasks>(task: PlanTaskOf<K>, { tasks }: PlanTexts): string {
  const tell: PlanTexts['tasks'][K] = tasks[task.kind]
  return tell(task)
}
