// Tests the receivers in other languages: each one's own tests, then all of them together through a rotation, a rollback
// and an emergency on the local cloud, with outages of KMS, in every server and framework that is installed.
//
//   node scripts/test-clients.mjs [--install] [language…]      e.g. python go
//
// With --install, apt-get installs missing toolchains and frameworks (in CI, this is the default where it is allowed).
// Otherwise they are skipped and listed.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { folderOf, languages } from './clients/languages.mjs'
import { lawsWithoutTest } from './clients/laws.mjs'
import { play } from './clients/story.mjs'

const run = promisify(execFile)
const given = process.argv.slice(2)
const mayInstall = given.includes('--install') || (process.env['CI'] === 'true' && process.getuid?.() === 0)
const work = await mkdtemp(join(tmpdir(), 'clients-'))
const all = languages(work)
const named = given.filter((word) => word !== '--install')
const unknown = named.filter((name) => !(name in all))
if (unknown.length > 0) {
  console.error(`unknown language ${unknown.join(', ')}; the languages are ${Object.keys(all).join(', ')}`)
  process.exit(2)
}
const wanted = Object.entries(all).filter(([name]) => named.length === 0 || named.includes(name))

// Exits normally, so that everything that was started is ended too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/** @param {string} command */
async function isThere(command) {
  return run('which', [command]).then(
    () => true,
    () => false,
  )
}

/** @param {string[]} options */
function apt(...options) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return run('apt-get', options, { timeout: 300_000, maxBuffer: 1e7, env }).catch(() => {
    console.log(`apt-get ${options.join(' ')} failed`)
  })
}

/**
 * @param {string} name
 * @param {import('./clients/languages.mjs').Language} language
 */
async function test(name, language) {
  const passed = []
  const checks = []
  for (const { tool, command } of language.checks ?? []) {
    if (await isThere(tool)) checks.push(command)
    else console.log(`skipped: ${name}, ${tool}: not installed`)
  }
  for (const [command = '', ...options] of [...checks, ...language.tests]) {
    try {
      const env = { ...process.env, ...language.env }
      const { stdout, stderr } = await run(command, options, {
        cwd: folderOf(name),
        env,
        timeout: 120_000,
        maxBuffer: 1e7,
      })
      for (const match of `${stdout}\n${stderr}`.matchAll(language.passed)) passed.push(match[1] ?? '')
    } catch (thrown) {
      const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (thrown)
      const output =
        `${stdout}${stderr}`.replaceAll(language.passed, '').replaceAll(/\n{2,}/g, '\n') || String(thrown)
      throw new Error(`${name}: ${command} ${options.join(' ')} failed\n${output}`, { cause: thrown })
    }
  }
  const untested = lawsWithoutTest(name, passed)
  if (untested.length > 0)
    throw new Error(`${name}: tests named in clients/README.md did not pass: ${untested.join('; ')}`)
  console.log(`${name}: ${passed.length} tests passed`)
  return passed.length
}

/** @param {number} number */
const thousands = (number) => number.toLocaleString('en-US')

// The local cloud is the built command line.
await run(process.execPath, ['scripts/build.mjs', '--if-stale'])

/** @param {string[]} command */
const endsWell = ([command = '', ...options]) =>
  run(command, options).then(
    () => true,
    () => false,
  )

/** @param {import('./clients/languages.mjs').Server[]} servers */
async function startable(servers) {
  const can = await Promise.all(servers.map(({ needs }) => needs === undefined || endsWell(needs)))
  return servers.filter((_, index) => can[index])
}

/** @param {import('./clients/languages.mjs').Language} language */
async function isComplete(language) {
  return (
    (await isThere(language.needs)) && (await startable(language.servers)).length === language.servers.length
  )
}

if (mayInstall) {
  const incomplete = []
  for (const [, language] of wanted) if (!(await isComplete(language))) incomplete.push(language)
  if (incomplete.length > 0) await apt('update', '-qq')
  // One language at a time, so that a package that is not available affects no other language.
  for (const { packages, extras } of incomplete) {
    await apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
    await apt('install', '-y', '-qq', '--no-install-recommends', ...extras)
  }
}
const here = []
for (const [name, language] of wanted) {
  if (await isThere(language.needs)) here.push(/** @type {const} */ ([name, language]))
  else console.log(`skipped: ${name} is not installed`)
}

let failed = 0
/** Passed tests, including the story of each server. */
let tests = 0
let skipped = wanted.length - here.length
/** @param {unknown} error */
function fail(error) {
  failed++
  console.error(error instanceof Error ? error.message : error)
}

/** @type {[string, import('./clients/languages.mjs').Server][]} */
const servers = []
for (const [name, language] of here) {
  try {
    tests += await test(name, language)
    const startables = await startable(language.servers)
    for (const server of startables) servers.push([name, server])
    for (const server of language.servers.filter((one) => !startables.includes(one))) {
      skipped++
      console.log(`skipped: ${name}, ${server.name}: not installed`)
    }
  } catch (error) {
    fail(error)
  }
}
try {
  const { receivers, outages } = await play(servers)
  const seconds = outages.map((ms) => Math.round(ms / 1_000)).join(', ')
  console.log(`A rotation, a rollback and an emergency, KMS down for ${seconds} s:`)
  for (const { name, sent, quarantined, refused, forged, letIn, wrong } of receivers) {
    console.log(
      `${name}: of ${thousands(sent)} genuine callbacks, ${thousands(quarantined)} quarantined and ${refused} refused; ` +
        `of ${thousands(forged)} forged ones, ${letIn} let in`,
    )
    if (wrong.size === 0) tests++
    for (const line of wrong) fail(new Error(`${name}: ${line}`))
  }
  const callbacks = receivers.reduce((sum, { sent }) => sum + sent, 0)
  console.log(`${receivers.length} receivers, ${thousands(callbacks)} genuine callbacks`)
} catch (error) {
  fail(error)
}
await rm(work, { recursive: true, force: true })
console.log(`${tests} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 && here.length > 0 ? 0 : 1
