import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Part, Row, Scope } from './part.ts'
import { page, PAGE, PICTURES, table, type PartReport } from './page.ts'
import { PARTS } from './parts.ts'
import { processorSeconds } from './processor-time.ts'
import { serveAsSender } from './sender-process.ts'

interface Measured {
  readonly rows: readonly Row[]
  readonly processorSeconds: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    slice: { type: 'boolean', default: false },
    'load-divisor': { type: 'string', default: '1' },
    /** Runs one part in this process and prints its rows; this is how parts run in parallel. */
    here: { type: 'boolean', default: false },
    /** Runs as a sender of callbacks that puts load on receivers. */
    sender: { type: 'boolean', default: false },
  },
})

if (values.sender) {
  await serveAsSender()
  process.exit(0)
}

const unknown = positionals.filter((name) => !PARTS.some((part) => part.name === name))
if (unknown.length > 0) {
  const names = PARTS.map(({ name }) => name).join(', ')
  console.error(`proof: unknown part ${unknown.join(', ')}; the parts are ${names}`)
  process.exit(2)
}

if (values.write && (values.slice || positionals.length > 0) && !values.here) {
  console.error('proof: --write needs the figures of all parts: drop --slice and the names of parts')
  process.exit(2)
}

const scope: Scope = {
  slice: values.slice,
  loadDivisor: Number(values['load-divisor']),
  pictures: values.write ? PICTURES : null,
}
const wanted = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

if (values.here) {
  const [part] = wanted
  const rows = await part?.run(scope)
  process.stdout.write(JSON.stringify({ rows, processorSeconds: processorSeconds() }))
  process.exit(0)
}

const started = performance.now()
if (values.write) await mkdir(PICTURES, { recursive: true })
const quiet = values.json
const reports: PartReport[] = []
// A part that measures real time has the machine to itself.
for (const part of wanted.filter(({ alone }) => alone)) reports.push(await inAProcess(part))
const others = wanted.filter(({ alone }) => !alone)
await Promise.all(
  Array.from({ length: 2 }, async () => {
    for (let part = others.shift(); part; part = others.shift()) reports.push(await inAProcess(part))
  }),
)
reports.sort((a, b) => order(a) - order(b))

const seconds = Math.round((performance.now() - started) / 1000)
const holds = reports.every(({ rows }) => (scope.slice || rows.length > 0) && rows.every((row) => row.holds))
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
const result = { holds, seconds, machine, slice: scope.slice, parts: reports }
if (values.write) await writeFile(PAGE, page(result))
console.log(quiet ? JSON.stringify(result, null, 2) : `\n${table(reports)}\n${seconds} s on ${machine}`)
if (!quiet) console.log(holds ? 'Everything holds.' : 'Not everything holds.')
process.exitCode = holds ? 0 : 1

function order({ name }: PartReport): number {
  return PARTS.findIndex((part) => part.name === name)
}

async function inAProcess({ name, title, about }: Part): Promise<PartReport> {
  const from = performance.now()
  const args = [name, '--here', '--load-divisor', values['load-divisor']]
  if (scope.slice) args.push('--slice')
  if (values.write) args.push('--write')
  const script = process.argv[1] ?? ''
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const code = await new Promise((resolve) => child.once('close', resolve))
  const took = Math.round((performance.now() - from) / 1000)
  const failed: Row = { what: 'ends', measured: `exit code ${String(code)}`, demanded: '0', holds: false }
  const { rows, processorSeconds } =
    code === 0 ? (JSON.parse(printed) as Measured) : { rows: [failed], processorSeconds: 0 }
  const verdict = rows.every((row) => row.holds) ? 'holds' : 'DOES NOT HOLD'
  const spent = `${took} s, ${Math.round(processorSeconds)} s of processor time`
  if (!quiet) console.log(`${name}: ${verdict} (${spent})`)
  return { name, title, about, seconds: took, processorSeconds, rows }
}
