export type TaskStatus =
  'Enqueued' | 'Running' | 'Retrying' | 'Succeeded' | 'Failed' | 'Stopping' | 'Stopped' | 'Expired'

const ENDS: readonly TaskStatus[] = ['Succeeded', 'Failed', 'Stopped', 'Expired']

export interface TaskEvent {
  readonly eventId: number
  readonly status: TaskStatus
  readonly timestamp: number
  readonly eventDetail: string
}

/** One asynchronous invocation, from queueing to its end. Times in milliseconds since the epoch. */
export class AsyncTask {
  readonly id: string
  readonly requestId: string
  readonly qualifier: string
  readonly payload: Buffer
  readonly queuedAt: number
  /** Aborted to stop it. */
  readonly stop = new AbortController()
  readonly events: TaskEvent[] = []
  /** The number of its runs. */
  attempts = 0
  startedTime: number | null = null
  endTime: number | null = null
  durationMs = 0
  instanceId = ''
  errorMessage = ''
  returned = ''

  constructor(options: Pick<AsyncTask, 'id' | 'requestId' | 'qualifier' | 'payload' | 'queuedAt'>) {
    this.id = options.id
    this.requestId = options.requestId
    this.qualifier = options.qualifier
    this.payload = options.payload
    this.queuedAt = options.queuedAt
    this.become('Enqueued', options.queuedAt)
  }

  get status(): TaskStatus {
    return this.events.at(-1)?.status ?? 'Enqueued'
  }

  get ended(): boolean {
    return ENDS.includes(this.status)
  }

  become(status: TaskStatus, at: number, eventDetail = ''): void {
    if (status === 'Running') this.startedTime ??= at
    if (ENDS.includes(status)) this.endTime = at
    this.events.push({ eventId: this.events.length + 1, status, timestamp: at, eventDetail })
  }
}
