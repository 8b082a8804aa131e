// How long a verification that needs no refresh takes: at rest, while refreshes are always under way, and while the store
// is down, hanging or failing. Needs a build.
//
//   node bench/receiver-latency.bench.mjs [--json] [--seconds N]
import { performance } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cachedKeyset, createVerifier } from '../dist/esm/receiver/index.js'
import { buildKeyset, callbackHeaders, generateKey } from '../dist/esm/receiver/testing.js'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '5' } },
})
const HOST = 'hooks.example.com'
const key = generateKey()
const document = JSON.stringify(buildKeyset({ current: key, previous: [generateKey()], ttl: 5_000 }))
/** @type {Record<string, () => Promise<string>>} */
const stores = {
  'at rest': async () => document,
  'refreshes under way': () => setTimeout(350, document),
  'store hangs': () => new Promise(() => undefined),
  'store fails': () => Promise.reject(new Error('down')),
}

/** @param {() => Promise<string>} store */
async function measure(store) {
  let read = async () => document
  // As in real life, only faster: a hanging read is abandoned well before the keyset's ttl has passed.
  const keyset = cachedKeyset(() => read(), { timeout: 1_000 })
  const verify = createVerifier({ keyset, host: HOST })
  await keyset.load()
  read = store
  /** @type {number[]} */
  const times = []
  const end = performance.now() + Number(values.seconds) * 1_000
  while (performance.now() < end) {
    const headers = callbackHeaders({ host: HOST, key })
    const input = { timestamp: headers['ali-live-timestamp'], signature: headers['ali-live-signature'] }
    const started = performance.now()
    const { verdict } = await verify(input)
    times.push(performance.now() - started)
    if (verdict !== 'accepted') throw new Error(verdict)
    await setImmediate()
  }
  keyset.close()
  times.sort((a, b) => a - b)
  const at = (/** @type {number} */ share) =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0
  return { verifications: times.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
}

/** @type {Record<string, Awaited<ReturnType<typeof measure>>>} */
const results = {}
for (const [name, store] of Object.entries(stores)) results[name] = await measure(store)

if (values.json) {
  console.log(JSON.stringify({ node: process.version, milliseconds: results }, null, 2))
} else {
  console.log(`Node ${process.version}, milliseconds\n`)
  console.log(`${'store'.padEnd(22)} verifications     p50     p99   p99.9     max`)
  for (const [name, { verifications, p50, p99, p999, max }] of Object.entries(results)) {
    const columns = [p50, p99, p999, max].map((time) => time.toFixed(3).padStart(7)).join(' ')
    console.log(`${name.padEnd(22)} ${String(verifications).padStart(13)} ${columns}`)
  }
}
