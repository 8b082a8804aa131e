import type { RotationConfig, RotationRequest } from '../../lib/config/types.ts'
import { notify, type NoticeMemory } from '../../lib/notify/notify.ts'
import type { Send } from '../../lib/notify/send.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'
import { run } from '../../lib/rotation/run.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud, request, rotationConfig, type ModelProcess } from '../support/model-cloud.ts'

export const WEBHOOK = { url: 'https://hooks.example.com/notify?token=hidden', format: 'json' } as const

/** What a webhook was told, in short. */
export interface Told {
  readonly cause: string
  readonly subject: string | null
  readonly message: string
  readonly at: number
}

export interface InvocationOptions {
  /** The instance that it runs in. Default: one of its own, that remembers nothing. */
  readonly memory?: NoticeMemory
  readonly process?: ModelProcess
  /** The instance is killed when the run is over, before anybody is told. */
  readonly killed?: boolean
  readonly ports?: (ports: GroupPorts) => GroupPorts
}

/** Invocations of the function on the model cloud, and the webhook that it tells. */
export class NotifyWorld {
  readonly clock = new TestClock(Date.UTC(2027, 0, 1))
  readonly cloud = new ModelCloud(this.clock)
  readonly told: Told[] = []
  readonly log: LogEvent[] = []
  config: RotationConfig = { ...rotationConfig(), notify: [WEBHOOK] }
  /** Whether the webhook answers. */
  reachable = true

  readonly send: Send = (_, body) => {
    if (!this.reachable)
      return Promise.resolve({ accepted: false, detail: 'it answered 404', retryable: false })
    const { cause, subject, message } = body as Told
    this.told.push({ cause, subject, message, at: this.clock.now() })
    return Promise.resolve({ accepted: true, detail: '', retryable: false })
  }

  async invoke(wanted: Partial<RotationRequest> = {}, options: InvocationOptions = {}): Promise<GroupReport> {
    return this.clock.run(this.begin(wanted, options))
  }

  async begin(wanted: Partial<RotationRequest>, options: InvocationOptions): Promise<GroupReport> {
    const process = options.process ?? this.cloud.process()
    const inner = process.environment()
    const environment = {
      ...inner,
      log: (event: LogEvent) => this.log.push(event),
      open: async (group: Parameters<typeof inner.open>[0]) => {
        const ports = await inner.open(group)
        return options.ports?.(ports) ?? ports
      },
    }
    const report = await run(request({ action: 'reconcile', ...wanted }), this.config, environment)
    const [only] = report.groups
    if (!only) throw new Error('no group in the report')
    if (options.killed) return only
    const { config, send } = this
    await notify({ report, config, environment, send, memory: options.memory ?? new Map<string, never>() })
    return only
  }

  /** The causes that were told, with their subjects. */
  causes(): string[] {
    return this.told.map(({ cause, subject }) => (subject === null ? cause : `${cause} ${subject}`))
  }

  saves(): number {
    return this.cloud.documents.length
  }
}
