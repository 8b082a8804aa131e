/* global Response */
// The servers of adapters.bench.mjs: node adapters.server.mjs NAME bare|adapter
import { createServer } from 'node:http'
import { createVerifier, staticKeyset } from '../dist/esm/receiver/index.js'
import { buildKeyset, generateKey } from '../dist/esm/receiver/testing.js'

export const HOST = 'hooks.example.com'
export const KEY = 'k'.repeat(32)
const FIELDS = { domain: 'live.example.com', app: 'live', stream: 'room', filler: '' }
FIELDS.filler = 'x'.repeat(400 - JSON.stringify(FIELDS).length)
export const BODY = JSON.stringify(FIELDS)

const keyset = staticKeyset(buildKeyset({ pending: generateKey(), current: KEY, previous: [generateKey()] }))
const verify = createVerifier({ keyset, host: HOST })

/** @typedef {import('node:http').RequestListener} Listener */
/** @typedef {(withAdapter: boolean) => Promise<Listener | { listen(options: object): Promise<unknown>, server: import('node:http').Server }>} Make */

/** Reads a body and answers. @type {Listener} */
function read(request, response) {
  const chunks = /** @type {Buffer[]} */ ([])
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    response.end('ok')
  })
}

/** @param {Listener} listener */
const listening = (listener) => listener

/** @type {Record<string, Make>} */
const SERVERS = {
  async node(withAdapter) {
    const { nodeReceiver } = await import('../dist/esm/receiver/adapters/node.js')
    if (!withAdapter) return listening(read)
    const receiver = nodeReceiver(verify)
    return listening((request, response) => receiver(request, response, () => read(request, response)))
  },
  express5: (withAdapter) => express('express', withAdapter),
  express4: (withAdapter) => express('express4', withAdapter),
  fastify5: (withAdapter) => fastify('fastify', withAdapter),
  fastify4: (withAdapter) => fastify('fastify4', withAdapter),
  hono4: (withAdapter) => hono('hono', withAdapter),
  hono3: (withAdapter) => hono('hono3', withAdapter),
  koa3: (withAdapter) => koa('koa', withAdapter),
  koa2: (withAdapter) => koa('koa2', withAdapter),
  async web(withAdapter) {
    const { getRequestListener } = await import('@hono/node-server')
    const { webReceiver } = await import('../dist/esm/receiver/adapters/web.js')
    /** @param {Request} request */
    const handle = async (request) => {
      await request.json()
      return new Response('ok')
    }
    const receiver = webReceiver(verify, (_callback, request) => handle(request))
    return listening(getRequestListener(withAdapter ? receiver : handle))
  },
}
export const NAMES = Object.keys(SERVERS)

/** @param {string} name @param {boolean} withAdapter */
async function express(name, withAdapter) {
  const { default: framework } = await import(name)
  const { expressReceiver } = await import('../dist/esm/receiver/adapters/express.js')
  const app = framework()
  const receiver = withAdapter ? [expressReceiver(verify)] : []
  app.post('/', ...receiver, framework.json(), (/** @type {any} */ _, /** @type {any} */ response) =>
    response.end('ok'),
  )
  return listening(app)
}

/** @param {string} name @param {boolean} withAdapter */
async function fastify(name, withAdapter) {
  const { default: framework } = await import(name)
  const { fastifyReceiver } = await import('../dist/esm/receiver/adapters/fastify.js')
  const app = framework()
  app.post('/', withAdapter ? fastifyReceiver(verify) : {}, async () => 'ok')
  await app.ready()
  return listening(app.routing)
}

/** @param {string} name @param {boolean} withAdapter */
async function hono(name, withAdapter) {
  const { Hono } = await import(name)
  const { getRequestListener } = await import('@hono/node-server')
  const { honoReceiver } = await import('../dist/esm/receiver/adapters/hono.js')
  const app = new Hono()
  const receiver = withAdapter ? [honoReceiver(verify)] : []
  app.post('/', ...receiver, async (/** @type {any} */ context) => {
    await context.req.json()
    return context.text('ok')
  })
  return listening(getRequestListener(app.fetch))
}

/** @param {string} name @param {boolean} withAdapter */
async function koa(name, withAdapter) {
  const { default: Framework } = await import(name)
  const { koaReceiver } = await import('../dist/esm/receiver/adapters/koa.js')
  const app = new Framework()
  if (withAdapter) app.use(koaReceiver(verify))
  app.use(async (/** @type {any} */ context) => {
    const chunks = []
    for await (const chunk of context.req) chunks.push(chunk)
    JSON.parse(Buffer.concat(chunks).toString())
    context.body = 'ok'
  })
  return listening(app.callback())
}

if (process.argv[1] === import.meta.filename) {
  const [, , name = '', kind] = process.argv
  const listener = /** @type {Listener} */ (await SERVERS[name]?.(kind === 'adapter'))
  const server = createServer(listener).listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.on('disconnect', () => process.exit())
}
