import type { AsyncTask } from './async-task.ts'

/** The message to a destination, as documented. */
export interface DestinationMessage {
  readonly timestamp: number
  readonly requestContext: {
    readonly requestId: string
    readonly functionArn: string
    /** The error's code; empty for success. */
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

/** Records the messages to destinations, and POSTs them to those that are URLs. */
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
