import type { Server } from 'node:http'

/**
 * Starts a server: on this machine only, unless another `host` is given.
 *
 * @param port - 0 for any that is free.
 * @returns Its port.
 * @throws The system's error, such as `EADDRINUSE`, if it cannot listen there.
 */
export async function listen(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no TCP port')
  return address.port
}

/** Stops a server and cuts its connections. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
