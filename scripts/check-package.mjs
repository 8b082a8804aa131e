// Checks the published package from outside: publint, "are the types wrong", consumers and the documentation's samples
// under every supported TypeScript and module resolution, a fresh installation with the oldest Express, and the contents
// of a bundle of the verifier alone. Needs a build.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const run = promisify(execFile)
const modules = resolve('node_modules')
const work = await mkdtemp(join(tmpdir(), 'check-package-'))

/**
 * @param {string} title
 * @param {() => Promise<unknown>} check
 */
async function step(title, check) {
  try {
    const detail = await check()
    console.log(`ok   ${title}${typeof detail === 'string' ? ` (${detail})` : ''}`)
  } catch (thrown) {
    const error = /** @type {Error & { stdout?: string, stderr?: string }} */ (thrown)
    console.log(`FAIL ${title}\n${[error.stdout, error.stderr].filter(Boolean).join('\n') || error.message}`)
    process.exitCode = 1
  }
}

/** @param {string} name @param {...string} args */
const tool = (name, ...args) => run(join(modules, '.bin', name), args, { maxBuffer: 1e7 })

const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work])
const [packed] = JSON.parse(stdout)
const tarball = join(work, packed.filename)

await step("none of the operator's files is published: no configuration, no list of domains", async () => {
  /** @type {string[]} */
  const names = packed.files.map((/** @type {{ path: string }} */ file) => file.path)
  const built = /^dist\/functions\/[a-z]+\/(index|bundle)\.js$/
  const unwanted = names.filter(
    (name) =>
      (name.startsWith('dist/functions/') && !built.test(name) && name !== 'dist/functions/package.json') ||
      name.endsWith('rotation.yaml'),
  )
  if (unwanted.length > 0) throw new Error(`it contains ${unwanted.join(', ')}`)
  if (!names.some((name) => built.test(name))) throw new Error('the built functions are missing')
})
await step('every bundled package comes with its licence', async () => {
  const notices = (await readFile('dist/THIRD_PARTY_LICENSES', 'utf8')).split(`${'='.repeat(80)}\n`).slice(1)
  const bare = notices.filter((notice) => notice.split('\n').slice(1).join('').trim().length < 200)
  if (bare.length > 0)
    throw new Error(`no licence text for ${bare.map((notice) => notice.split('\n')[0]).join('; ')}`)
  return `${notices.length} packages`
})
await step('publint', () => tool('publint', tarball, '--strict'))
await step('are the types wrong (import and require; node10, node16 and bundler)', () =>
  tool('attw', tarball, '--profile', 'strict', '--format', 'table-flipped'),
)

/**
 * A project with the package unpacked and other packages linked, by their names there and their sources.
 *
 * @param {string} name
 * @param {'module' | 'commonjs'} type
 * @param {Record<string, string>} links
 */
async function project(name, type, links) {
  const folder = join(work, name)
  const installed = join(folder, 'node_modules/live-key-rotator')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1'])
  await cp('scripts/consumers', folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type }))
  for (const [target, source] of Object.entries(links)) {
    const link = join(folder, 'node_modules', target)
    await mkdir(dirname(link), { recursive: true })
    await symlink(resolve(source), link)
  }
  return folder
}

/** @param {string} name */
const ours = (name) => join(modules, name)
/** @param {string} name */
const theirs = (name) => join(work, 'node_modules', name)

await step('compilers and types of other versions can be installed', () =>
  run('npm', [
    ...['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', work],
    ...['5.1', '5.4', '5.9'].map((version) => `typescript-${version}@npm:typescript@${version}`),
    ...['@types/express@4', '@types/express-serve-static-core@4', '@types/koa@2', '@types/node@20'],
  ]),
)

const node = { '@types/node': ours('@types/node'), 'undici-types': ours('undici-types') }
const projects = {
  plain: await project('plain', 'module', node),
  newer: await project('newer', 'module', {
    ...node,
    express: ours('express'),
    '@types/express': ours('@types/express'),
    fastify: ours('fastify'),
    hono: ours('hono'),
    koa: ours('koa'),
    '@types/koa': ours('@types/koa'),
    '@nestjs/common': ours('@nestjs/common'),
  }),
  older: await project('older', 'commonjs', {
    '@types/node': theirs('@types/node'),
    express: ours('express4'),
    '@types/express': theirs('@types/express'),
    fastify: ours('fastify4'),
    hono: ours('hono3'),
    koa: ours('koa2'),
    '@types/koa': theirs('@types/koa'),
    '@nestjs/common': ours('@nestjs/common'),
  }),
}

const RESOLUTIONS = {
  node10: ['--module', 'commonjs', '--moduleResolution', 'node10'],
  node16: ['--module', 'node16', '--moduleResolution', 'node16'],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'],
}

/**
 * @param {string} folder
 * @param {string} version
 * @param {keyof typeof RESOLUTIONS} resolution
 * @param {string[]} files
 * @param {string[]} flags
 */
function compile(folder, version, resolution, files, flags = []) {
  const newest = version === '6'
  const compiler = newest ? ours('typescript') : theirs(`typescript-${version}`)
  return run(
    process.execPath,
    [
      ...[join(compiler, 'bin/tsc'), '--noEmit', '--strict', '--exactOptionalPropertyTypes'],
      ...['--esModuleInterop', '--experimentalDecorators', '--types', 'node'],
      ...['--target', 'es2022', '--lib', 'es2023', ...RESOLUTIONS[resolution]],
      ...(newest ? ['--ignoreConfig', '--ignoreDeprecations', '6.0'] : []),
      ...flags,
      ...files,
    ],
    { cwd: folder, maxBuffer: 1e8 },
  )
}

/** Writes each of the documentation's samples to its own file. @param {string} folder */
async function writeSamples(folder) {
  const files = ['store.d.ts']
  await writeFile(join(folder, 'store.d.ts'), 'declare function store(...what: unknown[]): Promise<void>\n')
  for (const page of ['README.md', 'docs/receivers.md']) {
    for (const [, code = ''] of (await readFile(page, 'utf8')).matchAll(/```ts\n(.*?)```/gs)) {
      // A sample may state the file name that others import it by.
      const file = /^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1] ?? `sample${files.length}.ts`
      files.push(file)
      await writeFile(join(folder, file), code)
    }
  }
  return files
}

/** @typedef {keyof typeof RESOLUTIONS} Resolution */
const ALL = /** @type {Resolution[]} */ (Object.keys(RESOLUTIONS))
/** Frameworks take a while, so not every combination is compiled. */
const VERSIONS = /** @type {[string, keyof typeof projects, Resolution[]][]} */ ([
  ['5.1', 'older', ALL],
  ['5.4', 'older', ['node16']],
  ['5.9', 'newer', ['bundler']],
  ['6', 'newer', ALL],
])
for (const [version, frameworks, resolutions] of VERSIONS) {
  for (const resolution of ALL) {
    await step(`TypeScript ${version}, ${resolution}: without a framework, library checks and all`, () =>
      compile(projects.plain, version, resolution, ['plain.ts'], ['--skipLibCheck', 'false']),
    )
  }
  const samples = await writeSamples(projects[frameworks])
  for (const resolution of resolutions) {
    await step(
      `TypeScript ${version}, ${resolution}: ${frameworks} frameworks, and the samples`,
      async () => {
        await compile(
          projects[frameworks],
          version,
          resolution,
          ['frameworks.ts', ...samples],
          ['--skipLibCheck'],
        )
        return `${samples.length - 1} samples`
      },
    )
  }
}

await step('both module formats run without a single dependency', async () => {
  await run(process.execPath, ['run.mjs'], { cwd: projects.plain })
  await run(process.execPath, ['run.cjs'], { cwd: projects.plain })
})

await step('it installs next to Express 4 without a flag, and adds no other package', async () => {
  const folder = join(work, 'fresh')
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  await run('npm', ['install', '--no-audit', '--no-fund', 'express@4', tarball], { cwd: folder })
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'))
  const { dependencies = {} } = lock.packages['node_modules/live-key-rotator']
  if (Object.keys(dependencies).length > 0) throw new Error(`it depends on ${Object.keys(dependencies)}`)
  const foreign = Object.keys(lock.packages).filter((path) => /@alicloud|hono|fastify|koa|@nestjs/.test(path))
  if (foreign.length > 0) throw new Error(`it added ${foreign.join(', ')}`)
  await cp('scripts/consumers/express4.cjs', join(folder, 'express4.cjs'))
  await run(process.execPath, ['express4.cjs'], { cwd: folder })
})

for (const major of [9, 10, 11]) {
  await step(`the guard works in Nest ${major}, on Express and on Fastify`, async () => {
    const folder = join(work, `nest${major}`)
    await mkdir(folder)
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
    const packages = ['common', 'core', 'platform-express', 'platform-fastify'].map(
      (name) => `@nestjs/${name}@${major}`,
    )
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts']
    await run('npm', ['install', ...flags, ...packages, 'reflect-metadata', 'rxjs@7', tarball], {
      cwd: folder,
    })
    await cp('scripts/consumers/nest.cjs', join(folder, 'nest.cjs'))
    const { stdout } = await run(process.execPath, ['nest.cjs'], { cwd: folder })
    // Node also exits 0 when a program waits for something that never comes.
    if (!stdout.includes('done')) throw new Error('it did not reach its end')
  })
}

/**
 * Bundles a program for any runtime, as a user of esbuild would.
 *
 * @param {string} contents
 * @param {boolean} splitting
 */
async function bundle(contents, splitting) {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: projects.plain },
    bundle: true,
    // Node's modules do not resolve, so a bundle that needs one fails.
    platform: 'neutral',
    format: 'esm',
    outdir: join(work, 'bundle'),
    write: false,
    metafile: true,
    minify: true,
    splitting,
  })
  const files = new Map(outputFiles.map(({ path, text }) => [relative('.', path), text]))
  const atOnce = new Set([...files.keys()].filter((name) => name.endsWith('stdin.js')))
  for (const name of atOnce) {
    for (const { path, kind } of metafile.outputs[name]?.imports ?? [])
      if (kind === 'import-statement') atOnce.add(path)
  }
  return [...atOnce].map((name) => files.get(name)).join('\n')
}

await step('a bundle of the verifier alone carries no KMS client and no adapter', async () => {
  const code = await bundle(await readFile('scripts/consumers/bundle.mjs', 'utf8'), false)
  const words = ['GetSecretValue', 'ACS3-HMAC', 'ACCESS_KEY', 'CONNECT', 'maxStale', 'liveCallback']
  const unwanted = words.filter((word) => code.includes(word))
  if (unwanted.length > 0) throw new Error(`it carries ${unwanted.join(', ')}`)
  return `${code.length} bytes`
})

/** Contains our own signatures and hashes, and the full check of the document. */
const MOST_BYTES = 24_000
/** Also contains what few need and a split bundle loads on demand: OIDC, ECS, an installed chain, the proxy's tunnel. */
const MOST_BYTES_IN_ONE = 32_550

const WITH_KMS = `
  import { createVerifier, kmsKeyset } from 'live-key-rotator/receiver'
  const keyset = kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot-callback/default' })
  export const verify = createVerifier({ keyset, host: 'hooks.example.com' })`

for (const [splitting, most] of /** @type {const} */ ([
  [true, MOST_BYTES],
  [false, MOST_BYTES_IN_ONE],
])) {
  const which = splitting ? 'what a split bundle with the KMS client loads' : 'the same bundle as one file'
  await step(`${which} needs no Node module and stays small`, async () => {
    const code = await bundle(WITH_KMS, splitting)
    const bytes = Buffer.byteLength(code)
    if (bytes > most) throw new Error(`it has ${bytes} bytes; at most ${most} are allowed`)
    return `${bytes} bytes, ${gzipSync(code).length} compressed`
  })
}

await rm(work, { recursive: true, force: true })
