// Everything that must hold before a change lands. Called by .ci/run and by contributors.
//
//   npm run check                   all steps, in order; stops at the first that fails
//   npm run check -- test demo      only the named steps
//
// Keeps what the steps print, and scans it for keys at the end.
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const printed = await mkdtemp(join(tmpdir(), 'check-'))

/** Each step is a shell command; `$PRINTED` is the folder that keeps output for the scan. */
const STEPS = new Map([
  ['lint', 'npm run --silent lint && npm run --silent format'],
  ['types', 'npm run --silent typecheck'],
  ['floors', 'npm run --silent floors'],
  ['unused', 'npm run --silent unused'],
  ['build', 'npm run --silent build'],
  ['test', 'npm test -- --coverage'],
  ['fuzz', 'FUZZ_PAIRS=1000000 npx vitest run test/receiver/fuzz.test.ts'],
  ['proof', 'npm run --silent proof -- --slice'],
  ['runtimes', 'npm run --silent test:runtimes'],
  ['clients', 'npm run --silent test:clients'],
  ['package', 'npm run --silent check:package'],
  ['deployment', 'npm run --silent deploy:plan -- --offline'],
  [
    'demo',
    `npm run --silent demo &&
    node dist/cli/main.js demo --domains 60 --json >"$PRINTED/demo.json" &&
    node dist/cli/main.js demo --emergency --json >"$PRINTED/emergency.json" &&
    node scripts/check-demo.mjs "$PRINTED/demo.json" "$PRINTED/emergency.json"`,
  ],
])

/**
 * @param {string} name
 * @param {string} command
 */
async function run(name, command) {
  const copy = createWriteStream(join(printed, `${name}.txt`))
  const child = spawn('bash', ['-c', command], {
    env: { ...process.env, PRINTED: printed },
    stdio: ['inherit', 'pipe', 'pipe'],
  })
  for (const [from, to] of /** @type {const} */ ([
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ])) {
    from.pipe(to, { end: false })
    from.pipe(copy, { end: false })
  }
  /** @type {number | null} */
  const code = await new Promise((resolve) => child.on('close', resolve))
  await new Promise((resolve) => copy.end(resolve))
  return code === 0
}

/** @param {string} text */
const heading = (text) => console.log(`\n== ${text}`)

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STEPS.has(name))
if (unknown.length > 0) {
  console.error(`check: unknown step ${unknown.join(', ')}; the steps are ${[...STEPS.keys()].join(', ')}`)
  process.exit(2)
}

/** @type {string[]} */
const times = []
for (const [name, command] of STEPS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  heading(name)
  const start = performance.now()
  if (!(await run(name, command))) {
    console.error(`\ncheck: ${name} failed; to run it alone: npm run check -- ${name}`)
    await rm(printed, { recursive: true, force: true })
    process.exit(1)
  }
  times.push(`${name} ${Math.round((performance.now() - start) / 1000)} s`)
}

heading('no key in the output')
const files = (await readdir(printed)).map((file) => join(printed, file))
const clean = await run('scan', `node scripts/scan-output.mjs ${files.map((file) => `'${file}'`).join(' ')}`)
await rm(printed, { recursive: true, force: true })
console.log(times.join(' · '))
if (!clean) process.exit(1)
