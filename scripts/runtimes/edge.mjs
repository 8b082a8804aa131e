// Runs the edge suite on one runtime:   node scripts/runtimes/edge.mjs <web|edge-runtime|workerd> <bundle> <modules>
//
// - web: a bare context with only the web's globals.
// - edge-runtime: the sandbox of Vercel's functions (@edge-runtime/vm).
// - workerd: Cloudflare's runtime, in miniflare, without Node compatibility.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { buildKeyset, generateKey } from '../../dist/esm/receiver/testing.js'

const [, , runtime = 'web', bundle = '', modules = '.'] = process.argv
/** Packages installed beside the bundle, not here. @type {(name: string) => any} */
const load = createRequire(resolve(modules, 'index.js'))
const suite = await readFile(bundle, 'utf8')

const key = generateKey()
const answer = {
  SecretData: JSON.stringify(buildKeyset({ current: key })),
  VersionId: 'keyset-00000001',
  CreateTime: new Date().toISOString(),
}
const kms = createServer((request, response) => {
  const reads = request.headers['x-acs-action'] === 'GetSecretValue'
  response.writeHead(reads ? 200 : 403, { 'content-type': 'application/json' })
  response.end(JSON.stringify(reads ? answer : { Code: 'Forbidden.NoPermission' }))
})
await new Promise((listening) => kms.listen(0, '127.0.0.1', () => listening(undefined)))
const { port } = /** @type {import('node:net').AddressInfo} */ (kms.address())
const call = `check('http://127.0.0.1:${port}', ${JSON.stringify(key)})`

/** @type {Record<string, () => Promise<unknown>>} */
const RUNTIMES = {
  async web() {
    const names = [
      'fetch',
      'crypto',
      'Headers',
      'Request',
      'Response',
      'URL',
      'URLSearchParams',
      'TextEncoder',
      'btoa',
    ]
    names.push(
      'TextDecoder',
      'AbortController',
      'AbortSignal',
      'setTimeout',
      'clearTimeout',
      'performance',
      'console',
    )
    const globals = Object.fromEntries(names.map((name) => [name, Reflect.get(globalThis, name)]))
    return runInContext(`${suite}\n${call}`, createContext(globals))
  },
  async 'edge-runtime'() {
    const { EdgeVM } = load('@edge-runtime/vm')
    return new EdgeVM().evaluate(`${suite}\n${call}`)
  },
  async workerd() {
    const { Miniflare } = load('miniflare')
    const worker = new Miniflare({
      modules: [
        {
          type: 'ESModule',
          path: 'worker.mjs',
          contents: `${suite}\nexport default { fetch: async () => Response.json(await ${call}) }`,
        },
      ],
      compatibilityDate: '2026-01-01',
    })
    try {
      return await (await worker.dispatchFetch('http://worker/')).json()
    } finally {
      await worker.dispose()
    }
  },
}
const run = RUNTIMES[runtime]
if (run === undefined) throw new Error(`unknown runtime: ${runtime}`)
const wrong = await run()
kms.close()
kms.closeAllConnections()
assert.deepEqual(JSON.parse(JSON.stringify(wrong)), [])
console.log('everything works')
