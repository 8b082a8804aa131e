import type { OnRunningStreams } from '../keyset/keyset.ts'

/** Which of Live's two snapshot-callback configurations signs a group's callbacks. */
export type AuthSource = 'snapshotCallbackAuth' | 'notifyConfig'

/** Which keys found on domains after the first document are trusted: those of new domains, or all. */
export type Adopt = 'newDomains' | 'trust'

/** The configuration of one group: checked, with defaults, durations in milliseconds. */
export interface GroupConfig {
  readonly name: string
  readonly secret: string
  readonly domains: readonly string[]
  readonly discover: { readonly suffix: string; readonly exclude: readonly string[] } | null
  readonly probes: readonly string[]
  /** Maximum number of instances of each probe URL, if all of them give evidence; null if unknown. */
  readonly instances: ReadonlyMap<string, number> | null
  readonly apply: { readonly tolerate: readonly string[] }
  readonly adopt: Adopt
  readonly authSource: AuthSource
  /** A role of another account to assume for this group's calls; null for the account of the credentials. */
  readonly roleArn: string | null
  readonly ttlMs: number
  readonly rotation: { readonly minAgeMs: number }
  readonly propagation: {
    readonly marginMs: number
    readonly maxMs: number
    readonly probesCoverAllInstances: boolean
  }
  readonly overlap: { readonly minMs: number; readonly maxMs: number; readonly clockSkewMs: number }
}

/** Calls per second of one account. */
export interface ThrottleConfig {
  readonly set: number
  readonly query: number
  readonly list: number
  readonly interrupt: number
  readonly emergency: number
}

export type NotifyFormat = 'dingtalk' | 'feishu' | 'slack' | 'json'

/** `rotation.yaml`, checked and valid. */
export interface RotationConfig {
  readonly region: string
  readonly throttle: ThrottleConfig
  readonly groups: readonly GroupConfig[]
  readonly kms: { readonly keyId: string | null; readonly instanceId: string | null }
  readonly endpoints: { readonly live: string; readonly kms: string; readonly fc: string | null }
  readonly notify: readonly { readonly url: string; readonly format: NotifyFormat }[]
  /** Where to keep reports as receipts: `oss://bucket/prefix`, or a folder; null for nowhere. */
  readonly receipts: string | null
}

export const ACTIONS = ['rotate', 'reconcile', 'status', 'rollback'] as const
export type Action = (typeof ACTIONS)[number]

/** A request, checked: from an event, a timer's payload or the command line. */
export interface RotationRequest {
  readonly action: Action
  /** One group, or null for all of them. */
  readonly group: string | null
  readonly emergency: boolean
  readonly onRunningStreams: OnRunningStreams
  /** The leaked kids; empty for every key of the document. */
  readonly leaked: readonly string[]
  readonly force: boolean
  readonly dryRun: boolean
  /** Why, in one line of up to 500 characters. */
  readonly reason: string | null
  readonly id: string | null
  /** The request comes from a timer, which delivers at least once, so a repeat is expected. */
  readonly fromTimer?: true
}

/** Whether a request changes nothing, whatever it finds. */
export function readsOnly({ action, dryRun }: Pick<RotationRequest, 'action' | 'dryRun'>): boolean {
  return action === 'status' || dryRun
}
