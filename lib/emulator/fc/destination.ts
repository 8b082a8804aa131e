import type { AsyncTask } from './async-task.ts'

/** What a destination is sent, as documented. */
export interface DestinationMessage {
  readonly timestamp: number
  readonly requestContext: {
    readonly requestId: string
    readonly functionArn: string
    /** The error's code; empty for a success. */
    readonly condition: string
    readonly approximateInvokeCount: number
  }
  readonly requestPayload: string
  readonly responseContext: { readonly statusCode: number; readonly functionError: string }
  readonly responsePayload: string
}

export interface Delivery {
  readonly destination: string
  readonly message: DestinationMessage
}

export function destinationMessage(
  task: AsyncTask,
  functionArn: string,
  condition: string,
): DestinationMessage {
  const failed = task.status === 'Failed'
  return {
    timestamp: task.endTime ?? task.queuedAt,
    requestContext: {
      requestId: task.requestId,
      functionArn,
      condition,
      approximateInvokeCount: task.attempts,
    },
    requestPayload: task.payload.toString('utf8'),
    responseContext: { statusCode: 200, functionError: failed ? condition : '' },
    responsePayload: failed ? task.errorMessage : task.returned,
  }
}

/** Keeps what was sent to destinations; those that are URLs get it by POST. */
export class Destinations {
  readonly deliveries: Delivery[] = []

  async deliver(delivery: Delivery): Promise<boolean> {
    this.deliveries.push(delivery)
    const { destination, message } = delivery
    if (!/^https?:/.test(destination)) return true
    try {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(destination, { method: 'POST', headers, body: JSON.stringify(message) })
      await response.arrayBuffer()
      return response.ok
    } catch {
      return false
    }
  }
}
