import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import type { CredentialSource } from '../../../alibaba/transport/credentials.ts'
import type { Clock } from '../../../core/clock.ts'
import type { GroupPorts } from '../../../rotation/ports.ts'
import { say, type Said } from '../../words/said.ts'
import type { Probe } from '../../../rotation/probe.ts'

/** What the checks of one group examine, and what they use. */
export interface Patient {
  readonly config: RotationConfig
  readonly group: GroupConfig
  readonly ports: GroupPorts
  /** Of the group's account. */
  readonly credentials: CredentialSource
  readonly probe: Probe
  readonly clock: Clock
}

export function groupSubject({ name }: Pick<GroupConfig, 'name'>): Said {
  return say(`group ${name}`, `组 ${name}`)
}
