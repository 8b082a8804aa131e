// What a receiver costs before its first callback: import and first read of the keyset, each in a fresh process, compared
// with the same by @alicloud/kms20160120 and with `fetch` alone, in milliseconds of CPU time, so that other load on the
// machine hardly matters; and the minified size of a one-file bundle, compared with other verification libraries. Needs a
// build.
//
//   node bench/receiver-start.bench.mjs [--json] [--rounds N]
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { parseArgs, promisify } from 'node:util'
import { build } from 'esbuild'
import { buildKeyset, generateKey } from '../dist/esm/receiver/testing.js'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '9' } },
})
const run = promisify(execFile)
const answer = JSON.stringify({
  SecretData: JSON.stringify(
    buildKeyset({ current: generateKey(), previous: [generateKey(), generateKey()] }),
  ),
  VersionId: 'keyset-00000001',
  CreateTime: new Date().toISOString(),
})
const kms = createServer((request, response) => {
  const lists = request.headers['x-acs-action'] === 'ListSecretVersionIds'
  response.writeHead(lists ? 403 : 200, { 'content-type': 'application/json' })
  response.end(lists ? '{"Code":"Forbidden.NoPermission"}' : answer)
})
await new Promise((listening) => kms.listen(0, '127.0.0.1', () => listening(undefined)))
const { port } = /** @type {import('node:net').AddressInfo} */ (kms.address())
const library = JSON.stringify(new URL('../dist/esm/receiver/index.js', import.meta.url).href)
const sdk = JSON.stringify(import.meta.resolve('@alicloud/kms20160120'))

/** Programs that print how long they took. */
const PROGRAMS = {
  'fetch alone': `
    const started = process.cpuUsage()
    await (await fetch('http://127.0.0.1:${port}', { method: 'POST' })).text()`,
  'live-key-rotator': `
    const started = process.cpuUsage()
    const { kmsKeyset } = await import(${library})
    const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
    const endpoint = 'http://127.0.0.1:${port}'
    const keyset = kmsKeyset({ region: 'cn-shanghai', secret: 'a', endpoint, credentials })
    await keyset.load()
    keyset.close()`,
  '@alicloud/kms20160120': `
    const started = process.cpuUsage()
    const { default: kms } = await import(${sdk})
    const settings = { accessKeyId: 'id', accessKeySecret: 'secret', regionId: 'cn-shanghai' }
    const config = { ...settings, endpoint: '127.0.0.1:${port}', protocol: 'http' }
    const client = new kms.default({ ...config, toMap: () => config })
    const request = new kms.GetSecretValueRequest({ secretName: 'a', versionStage: 'ACSCurrent' })
    JSON.parse((await client.getSecretValue(request)).secretData)`,
}

/** @param {string} program */
async function time(program) {
  const script = `${program}
    const { user, system } = process.cpuUsage(started)
    console.log((user + system) / 1000)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script])
  return Number(stdout)
}

/** @param {number[]} numbers */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN

/** @type {Record<string, number[]>} */
const times = {}
for (let round = -1; round < Number(values.rounds); round++) {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const ms = await time(program)
    // The first round only warms the disk's cache.
    if (round >= 0) (times[name] ??= []).push(ms)
  }
}
kms.close()

/** What a program bundles to verify. */
const BUNDLES = {
  'live-key-rotator, verifier and KMS': `export { createVerifier, kmsKeyset } from ${library.replace('file://', '')}`,
  'live-key-rotator, verifier alone': `export { createVerifier, staticKeyset } from ${library.replace('file://', '')}`,
  '@alicloud/kms20160120': "export { default } from '@alicloud/kms20160120'",
  jose: "export { jwtVerify, createRemoteJWKSet } from 'jose'",
  svix: "export { Webhook } from 'svix'",
  standardwebhooks: "export { Webhook } from 'standardwebhooks'",
  '@octokit/webhooks-methods': "export { verify } from '@octokit/webhooks-methods'",
  stripe: "export { default } from 'stripe'",
}

/** @param {string} contents */
async function size(contents) {
  try {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: '.' },
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      write: false,
      logLevel: 'silent',
    })
    return outputFiles[0]?.contents.length ?? null
  } catch {
    return null
  }
}

const start = Object.entries(times).map(([name, all]) => ({ name, ms: median(all) }))
/** @type {{ name: string, bytes: number | null }[]} */
const sizes = []
for (const [name, contents] of Object.entries(BUNDLES)) sizes.push({ name, bytes: await size(contents) })

if (values.json) {
  console.log(JSON.stringify({ node: process.version, start, sizes }, null, 2))
} else {
  console.log(`Node ${process.version}: import and first read, CPU time, median of ${values.rounds}\n`)
  for (const { name, ms } of start) console.log(`${name.padEnd(36)} ${ms.toFixed(0).padStart(10)} ms`)
  console.log('\nbundled and minified\n')
  for (const { name, bytes } of sizes) {
    console.log(`${name.padEnd(36)} ${(bytes?.toLocaleString('en') ?? 'not here').padStart(10)}`)
  }
}
