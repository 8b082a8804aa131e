import { subscribe } from 'node:diagnostics_channel'
import { ClientRequest } from 'node:http'

const requests = new Set<object>()
let events = 0

/** Requests that this process has sent and not yet seen the end of, and how many events of that kind there were. */
export function httpInFlight(): { readonly count: number; readonly events: number } {
  return { count: requests.size, events }
}

function began(request: object): void {
  requests.add(request)
  events++
}

function ended(request: object): void {
  requests.delete(request)
  events++
}

function requestOf(message: unknown): object | undefined {
  if (typeof message !== 'object' || message === null || !('request' in message)) return undefined
  return typeof message.request === 'object' && message.request !== null ? message.request : undefined
}

subscribe('http.client.request.start', (message) => {
  const request = requestOf(message)
  if (!(request instanceof ClientRequest)) return
  began(request)
  request.once('close', () => {
    ended(request)
  })
})

// fetch() has its own channels.
subscribe('undici:request:create', (message) => {
  const request = requestOf(message)
  if (request !== undefined) began(request)
})
for (const channel of ['undici:request:trailers', 'undici:request:error']) {
  subscribe(channel, (message) => {
    const request = requestOf(message)
    if (request !== undefined) ended(request)
  })
}
