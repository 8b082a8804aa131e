// Tests the receivers in other languages: each one's own tests, and an outage of KMS under callbacks on the local cloud.
//
//   node scripts/test-clients.mjs [--install] [language…]      e.g. python go
//
// A toolchain that is not on this machine is brought along by apt-get with --install (CI does so by itself, where it may);
// else the language is left out, and said to be.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { folderOf, languages } from './clients/languages.mjs'
import { outage } from './clients/outage.mjs'

const run = promisify(execFile)
const given = process.argv.slice(2)
const mayInstall = given.includes('--install') || (process.env['CI'] === 'true' && process.getuid?.() === 0)
const work = await mkdtemp(join(tmpdir(), 'clients-'))
const all = languages(work)
const named = given.filter((word) => word !== '--install')
const unknown = named.filter((name) => !(name in all))
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')} here: ${Object.keys(all).join(', ')} are`)
  process.exit(2)
}
const wanted = Object.entries(all).filter(([name]) => named.length === 0 || named.includes(name))

/** @param {string} command */
async function isThere(command) {
  return run('which', [command]).then(
    () => true,
    () => false,
  )
}

/** @param {import('./clients/languages.mjs').Language[]} missing */
async function install(missing) {
  const options = { timeout: 120_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const packages = missing.flatMap(({ packages }) => packages)
  try {
    await run('apt-get', ['update', '-qq'], options)
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options)
  } catch {
    console.log(`apt-get could not bring ${packages.join(', ')}`)
  }
}

/**
 * @param {string} name
 * @param {import('./clients/languages.mjs').Language} language
 */
async function test(name, language) {
  let tests = 0
  for (const [command = '', ...options] of language.tests) {
    try {
      const env = { ...process.env, ...language.env }
      const { stdout, stderr } = await run(command, options, {
        cwd: folderOf(name),
        env,
        timeout: 120_000,
        maxBuffer: 1e7,
      })
      for (const match of `${stdout}\n${stderr}`.matchAll(language.count)) tests += Number(match[1] ?? 1)
    } catch (thrown) {
      const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (thrown)
      const output = `${stdout}${stderr}` || String(thrown)
      throw new Error(`${name}: ${command} ${options.join(' ')} failed\n${output}`, { cause: thrown })
    }
  }
  if (tests === 0) throw new Error(`${name}: no test was run`)
  console.log(`${name}: ${tests} tests hold`)
  return tests
}

/** @param {number} number */
const thousands = (number) => number.toLocaleString('en-US')

// The local cloud is the built command line.
await run(process.execPath, ['scripts/build.mjs', '--if-stale'])

const present = new Map()
for (const [, { needs }] of wanted) present.set(needs, await isThere(needs))
const missing = wanted.map(([, language]) => language).filter(({ needs }) => present.get(needs) === false)
if (mayInstall && missing.length > 0) {
  await install(missing)
  for (const { needs } of missing) present.set(needs, await isThere(needs))
}
const here = wanted.filter(([, { needs }]) => present.get(needs) === true)
for (const [name] of wanted.filter((one) => !here.includes(one))) {
  console.log(`left out: ${name} is not to be had here`)
}

let failed = 0
/** Tests that hold, each outage among them. */
let tests = 0
let callbacks = 0
/** @param {unknown} error */
function fail(error) {
  failed++
  console.error(error instanceof Error ? error.message : error)
}

for (const [name, language] of here) {
  try {
    tests += await test(name, language)
  } catch (error) {
    fail(error)
  }
}
await Promise.all(
  here.map(async ([name, language]) => {
    try {
      const { sent, quarantined, refused, forged, letIn, outageMs, wrong } = await outage(name, language)
      callbacks += sent
      if (wrong.length === 0) tests++
      console.log(
        `${name}: of ${thousands(sent)} genuine callbacks ${thousands(quarantined)} quarantined and ${refused} refused, ` +
          `of ${thousands(forged)} forged ones ${letIn} let in, while KMS was down for ${Math.round(outageMs / 1_000)} s`,
      )
      for (const line of new Set(wrong)) fail(new Error(`${name}: ${line}`))
    } catch (error) {
      fail(error)
    }
  }),
)
await rm(work, { recursive: true, force: true })
console.log(
  `${here.length} of ${wanted.length} languages, ${thousands(callbacks)} genuine callbacks through outages`,
)
console.log(`${tests} passed, ${failed} failed, ${wanted.length - here.length} skipped`)
process.exitCode = failed === 0 && here.length > 0 ? 0 : 1
