// Requests per second of each adapter compared with its bare framework: both read the same 400-byte body, with three keys
// in the keyset. Each server is its own process and they take turns; seconds are CPU time, so other load on the machine
// hardly matters. The difference is the median over the rounds. Needs a build (node scripts/build-lib.mjs).
//
//   node bench/adapters.bench.mjs [adapter…] [--json] [--requests N] [--rounds N]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { callbackHeaders } from '../dist/esm/receiver/testing.js'
import { BODY, HOST, KEY, NAMES } from './adapters.server.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    requests: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
  },
})
const CONNECTIONS = 16
const requests = Number(values.requests)
const LIMIT_PERCENT = 12

/** @param {string} name @param {'bare' | 'adapter'} kind */
async function start(name, kind) {
  const child = fork(new URL('adapters.server.mjs', import.meta.url), [name, kind])
  const [port] = await once(child, 'message')
  return { child, port: Number(port) }
}

/** @typedef {Awaited<ReturnType<typeof start>>} Server */

/** @param {Server} server @returns {Promise<number>} microseconds of CPU time */
async function cpuTime({ child }) {
  child.send('cpu')
  const [used] = await once(child, 'message')
  return Number(used)
}

/** The bytes of one genuine callback. */
function request() {
  const headers = {
    host: HOST,
    'user-agent': 'snapshot-callback',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(BODY),
    ...callbackHeaders({ host: HOST, key: KEY }),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${BODY}`)
}

/** Sends `count` callbacks on one connection, one after another. @param {number} port @param {number} count */
async function send(port, count) {
  const bytes = request()
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  let left = count
  socket.write(bytes)
  for await (const data of socket) {
    // A small answer comes in one piece.
    if (!data.toString('latin1', 0, 15).startsWith('HTTP/1.1 200')) throw new Error(data.toString())
    left--
    if (left === 0) break
    socket.write(bytes)
  }
}

/** @param {Server} server */
async function load({ port }) {
  await Promise.all(Array.from({ length: CONNECTIONS }, () => send(port, requests / CONNECTIONS)))
}

/** @param {Server} server */
async function rate(server) {
  const before = await cpuTime(server)
  await load(server)
  return (requests * 1e6) / ((await cpuTime(server)) - before)
}

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN

/** @type {Record<string, { bare: number, adapter: number, fewerPercent: number }>} */
const results = {}
if (!values.json) console.log(`requests/s ${'bare'.padStart(8)} ${'adapter'.padStart(8)}   fewer`)
for (const name of positionals.length > 0 ? positionals : NAMES) {
  const servers = { bare: await start(name, 'bare'), adapter: await start(name, 'adapter') }
  /** @type {{ bare: number, adapter: number, fewerPercent: number }[]} */
  const rounds = []
  for (const server of Object.values(servers)) await load(server)
  for (let round = 0; round < Number(values.rounds); round++) {
    const bare = await rate(servers.bare)
    const adapter = await rate(servers.adapter)
    rounds.push({ bare, adapter, fewerPercent: 100 * (1 - adapter / bare) })
  }
  for (const { child } of Object.values(servers)) child.kill()
  const result = {
    bare: median(rounds.map(({ bare }) => bare)),
    adapter: median(rounds.map(({ adapter }) => adapter)),
    fewerPercent: median(rounds.map(({ fewerPercent }) => fewerPercent)),
  }
  results[name] = result
  if (!values.json) {
    const { bare, adapter, fewerPercent } = result
    const columns = [bare, adapter].map((number) => number.toFixed(0).padStart(9)).join('')
    console.log(`${name.padEnd(10)}${columns} ${fewerPercent.toFixed(1).padStart(6)} %`)
  }
}
if (values.json)
  console.log(JSON.stringify({ node: process.version, limitPercent: LIMIT_PERCENT, results }, null, 2))
if (Object.values(results).some(({ fewerPercent }) => fewerPercent > LIMIT_PERCENT)) process.exitCode = 1
