// Requests a second of each adapter beside its bare framework: both read the same body of 400 bytes, three keys in the
// keyset. Each server is a process of its own; both take turns, and a second is one of its CPU time, so that whatever else
// the machine does disturbs little. Needs a build (node scripts/build-lib.mjs).
//
//   node bench/adapters.bench.mjs [adapter…] [--json] [--ms N] [--rounds N]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { callbackHeaders } from '../dist/esm/receiver/testing.js'
import { BODY, HOST, KEY, NAMES } from './adapters.server.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    ms: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
  },
})
const CONNECTIONS = 16
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

/** Sends one callback after another on each connection. @param {number} port @param {number} ms */
async function load(port, ms) {
  const bytes = request()
  let answered = 0
  let running = true
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'))
  for (const socket of sockets) {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      // A small answer comes in one piece.
      if (!data.toString('latin1', 0, 15).startsWith('HTTP/1.1 200')) throw new Error(data.toString())
      answered++
      if (running) socket.write(bytes)
    })
    socket.on('connect', () => socket.write(bytes))
  }
  await sleep(ms)
  running = false
  await sleep(50)
  for (const socket of sockets) socket.destroy()
  return answered
}

/** @param {Server} server @param {number} ms */
async function rate(server, ms) {
  const before = await cpuTime(server)
  const answered = await load(server.port, ms)
  return (answered * 1e6) / ((await cpuTime(server)) - before)
}

/** @param {number[]} numbers */
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN

/** @type {Record<string, { bare: number, adapter: number, fewerPercent: number }>} */
const results = {}
for (const name of positionals.length > 0 ? positionals : NAMES) {
  const servers = { bare: await start(name, 'bare'), adapter: await start(name, 'adapter') }
  /** @type {{ bare: number[], adapter: number[] }} */
  const rates = { bare: [], adapter: [] }
  for (const server of Object.values(servers)) await load(server.port, Number(values.ms))
  for (let round = 0; round < Number(values.rounds); round++) {
    rates.bare.push(await rate(servers.bare, Number(values.ms)))
    rates.adapter.push(await rate(servers.adapter, Number(values.ms)))
  }
  for (const { child } of Object.values(servers)) child.kill()
  const [bare, adapter] = [median(rates.bare), median(rates.adapter)]
  results[name] = { bare, adapter, fewerPercent: 100 * (1 - adapter / bare) }
  if (!values.json) {
    const columns = [bare, adapter].map((number) => number.toFixed(0).padStart(8)).join(' ')
    console.log(
      `${name.padEnd(10)} ${columns}  ${results[name]?.fewerPercent.toFixed(1).padStart(5)} % fewer`,
    )
  }
}
if (values.json)
  console.log(JSON.stringify({ node: process.version, limitPercent: LIMIT_PERCENT, results }, null, 2))
if (Object.values(results).some(({ fewerPercent }) => fewerPercent > LIMIT_PERCENT)) process.exitCode = 1
