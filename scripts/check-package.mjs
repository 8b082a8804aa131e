// Checks the package as it is published, from outside: publint, "are the types wrong", consumers that compile under
// the strictest settings, and what a bundle of the verifier alone carries. Needs a build.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const run = promisify(execFile)
const modules = resolve('node_modules')
const work = await mkdtemp(join(tmpdir(), 'check-package-'))

/**
 * @param {string} title
 * @param {() => Promise<void>} check
 */
async function step(title, check) {
  try {
    await check()
    console.log(`ok   ${title}`)
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

await step('nothing of the operator is published: no configuration, no list of domains', async () => {
  /** @type {string[]} */
  const names = packed.files.map((/** @type {{ path: string }} */ file) => file.path)
  const built = /^dist\/functions\/[a-z]+\/(index|bundle)\.js$/
  const unwanted = names.filter(
    (name) =>
      (name.startsWith('dist/functions/') && !built.test(name) && name !== 'dist/functions/package.json') ||
      name.endsWith('rotation.yaml'),
  )
  if (unwanted.length > 0) throw new Error(`it holds ${unwanted.join(', ')}`)
  if (!names.some((name) => built.test(name))) throw new Error('the built functions are missing')
})
await step('every bundled package comes with its licence', async () => {
  const notices = (await readFile('dist/THIRD_PARTY_LICENSES', 'utf8')).split(`${'='.repeat(80)}\n`).slice(1)
  const bare = notices.filter((notice) => notice.split('\n').slice(1).join('').trim().length < 200)
  if (bare.length > 0)
    throw new Error(`no text for ${bare.map((notice) => notice.split('\n')[0]).join('; ')}`)
  console.log(`     (${notices.length} packages)`)
})
await step('publint', async () => {
  await tool('publint', tarball, '--strict')
})
await step('are the types wrong (import and require, nodenext and bundler)', async () => {
  await tool('attw', tarball, '--profile', 'node16', '--format', 'table-flipped')
})

// A project that has installed the package, and no framework but the ones that its code names.
const project = join(work, 'project')
const installed = join(project, 'node_modules', 'live-key-rotator')
await mkdir(installed, { recursive: true })
await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1'])
await cp('scripts/consumers', project, { recursive: true })

/** @param {string[]} names */
async function link(...names) {
  for (const name of names) {
    await mkdir(join(project, 'node_modules', name, '..'), { recursive: true })
    await symlink(join(modules, name), join(project, 'node_modules', name)).catch((error) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

/** @param {string} file @param {string[]} flags */
const compile = (file, ...flags) =>
  run(
    process.execPath,
    [join(modules, 'typescript/bin/tsc'), '--ignoreConfig', '--noEmit', '--strict', '--types', 'node']
      .concat([
        '--exactOptionalPropertyTypes',
        '--skipLibCheck',
        'false',
        '--target',
        'es2023',
        '--lib',
        'es2023',
      ])
      .concat(flags, file),
    { cwd: project },
  )

await link('@types/node', 'undici-types')
for (const [file = '', ...flags] of [
  ['plain.mts', '--module', 'nodenext'],
  ['plain.cts', '--module', 'nodenext'],
  ['plain.mts', '--module', 'esnext', '--moduleResolution', 'bundler'],
]) {
  await step(`a consumer without any framework compiles: ${file} ${flags.join(' ')}`, async () => {
    await compile(file, ...flags)
  })
}

await step('both forms run, without a single dependency', async () => {
  await run(process.execPath, ['run.mjs'], { cwd: project })
  await run(process.execPath, ['run.cjs'], { cwd: project })
})

await step('a bundle of the verifier alone carries no SDK and no adapter', async () => {
  const { metafile } = await build({
    stdin: { contents: await readFile('scripts/consumers/bundle.mjs', 'utf8'), resolveDir: project },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    minify: true,
  })
  const [bundle] = Object.values(metafile.outputs)
  const carried = Object.entries(bundle?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const unwanted = carried
    .map(([name]) => name)
    .filter((name) => /kms|http-keyset|keyset-cache|@alicloud/.test(name))
  if (unwanted.length > 0) throw new Error(`it carries ${unwanted.join(', ')}`)
  console.log(`     (${bundle?.bytes} bytes)`)
})

await link('express', 'fastify', 'hono', '@types/express')
await step('handlers get the types of their framework', async () => {
  await compile('frameworks.mts', '--module', 'nodenext', '--skipLibCheck', 'true')
})

await step('the examples of the documentation compile', async () => {
  await writeFile(
    join(project, 'globals.d.ts'),
    'declare function store(...what: unknown[]): Promise<void>\n',
  )
  let count = 0
  for (const page of ['README.md', 'docs/receivers.md']) {
    for (const [, code = ''] of (await readFile(page, 'utf8')).matchAll(/```ts\n(.*?)```/gs)) {
      await writeFile(join(project, `example${++count}.mts`), code)
    }
  }
  const files = Array.from({ length: count }, (_, index) => `example${index + 1}.mts`)
  await compile('globals.d.ts', '--module', 'nodenext', '--skipLibCheck', 'true', ...files)
  console.log(`     (${count} of them)`)
})

await rm(work, { recursive: true, force: true })
