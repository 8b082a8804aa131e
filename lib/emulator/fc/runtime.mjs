// Stands in for the managed runtime nodejs20: one process is one instance. It loads a function's code once and calls its
// handler for every message from the local cloud, one at a time.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

// One stream, so that the lines keep their order. As in the managed runtime, the replaced `write` of the streams returns
// nothing and calls no callback, and a console text with several lines stays one line.
const write = process.stdout.write.bind(process.stdout)
for (const stream of [process.stdout, process.stderr]) {
  Reflect.set(stream, 'write', (/** @type {string | Uint8Array} */ chunk) => void write(chunk))
}
for (const level of /** @type {const} */ (['debug', 'error', 'info', 'log', 'warn'])) {
  Reflect.set(console, level, (/** @type {unknown[]} */ ...parts) => {
    write(`${format(...parts).replaceAll('\n', '\r')}\n`)
  })
}
process.on('disconnect', () => process.exit())

/** @typedef {(event: Buffer, context: unknown) => unknown} Handler */

const loading = load()
// Every invocation reports it.
loading.catch(() => undefined)

process.on('message', (/** @type {{ event: Uint8Array, context: { requestId: string } }} */ message) => {
  void invoke(Buffer.from(message.event), message.context)
})

/** @returns {Promise<Handler>} */
async function load() {
  const name = process.env['FC_FUNCTION_HANDLER'] ?? ''
  const dot = name.lastIndexOf('.')
  const file = join(process.cwd(), name.slice(0, dot))
  const found = [`${file}.js`, `${file}.mjs`].find((path) => existsSync(path))
  if (found === undefined) throw new Error(`Module '${file}' is missing.`)
  const module = await moduleOf(found)
  const handler = module[name.slice(dot + 1)]
  if (typeof handler !== 'function') throw new Error(`Handler '${name}' is missing on module '${found}'.`)
  return handler
}

/**
 * Older runtimes load a function by `require()`, newer ones by `import()`.
 *
 * @param {string} file
 * @returns {Promise<Record<string, Handler | undefined>>}
 */
async function moduleOf(file) {
  if (process.argv[2] === 'require' && file.endsWith('.js')) return createRequire(file)(file)
  return import(pathToFileURL(file).href)
}

/**
 * @param {Buffer} event
 * @param {{ requestId: string }} context
 */
async function invoke(event, context) {
  const { requestId } = context
  write(`FC Invoke Start RequestId: ${requestId}\n`)
  let answer
  let end = `FC Invoke End RequestId: ${requestId}`
  try {
    const handler = await loading
    answer = {
      returned: bodyOf(await handler(event, { ...context, tracing: {}, logger: loggerOf(requestId) })),
    }
  } catch (error) {
    answer = { thrown: describe(error) }
    end += ', Error: Unhandled function error'
  }
  const memoryMb = process.memoryUsage.rss() / 2 ** 20
  process.send?.({ requestId, memoryMb, ...answer })
  write(`${end}\n`)
}

/** @param {unknown} value */
function bodyOf(value) {
  if (value === undefined) return Buffer.alloc(0)
  if (Buffer.isBuffer(value)) return value
  return Buffer.from(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return { errorMessage: String(error), errorType: 'Error', stackTrace: [] }
  return { errorMessage: error.message, errorType: error.name, stackTrace: (error.stack ?? '').split('\n') }
}

/** @param {string} requestId */
function loggerOf(requestId) {
  /** @param {string} level */
  const at =
    (level) =>
    (/** @type {unknown[]} */ ...parts) =>
      write(`${new Date().toISOString()} ${requestId} [${level}] ${parts.map(String).join(' ')}\n`)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), log: at('verbose') }
}
