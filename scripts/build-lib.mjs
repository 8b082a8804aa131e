// Builds the receiver library twice, for import and for require, each with its own declarations:
//   dist/esm, dist/cjs
// An entry point is one short file over a few that they share: files are what takes time at a start.
import { build, transform } from 'esbuild'
import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TARGET = 'es2023'

const PROJECT = 'lib/receiver/tsconfig.build.json'

/** @param {string} folder */
async function declare(folder) {
  const project = ['-p', PROJECT, '--outDir', folder, '--emitDeclarationOnly']
  try {
    await run(process.execPath, ['node_modules/typescript/bin/tsc', ...project])
  } catch (error) {
    const { stdout } = /** @type {{ stdout?: string }} */ (error)
    throw new Error(`the receiver library does not compile:\n${stdout}`, { cause: error })
  }
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue
    // The compiler rewrites the extensions of imports in what is run, and leaves them in declarations.
    const declarations = await readFile(join(folder, name), 'utf8')
    await writeFile(
      join(folder, name),
      declarations.replaceAll(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'"),
    )
  }
}

/** The entry points in ES modules, and what they share. */
async function bundle() {
  const { files } = JSON.parse(await readFile(PROJECT, 'utf8'))
  const { outputFiles } = await build({
    entryPoints: files.map((/** @type {string} */ file) => join(dirname(PROJECT), file)),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: TARGET,
    packages: 'external',
    outbase: 'lib',
    outdir: 'dist/esm',
    chunkNames: 'receiver/shared/[name]-[hash]',
    write: false,
    logLevel: 'warning',
  })
  return outputFiles.map(({ path, text }) => ({ name: relative('dist/esm', path), text }))
}

/** @param {'esm' | 'cjs'} format @param {Awaited<ReturnType<typeof bundle>>} files */
async function write(format, files) {
  const folder = `dist/${format}`
  for (const { name, text } of files) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    // What is loaded late is loaded by require(), too, as everything is there.
    const cjs = { format, target: TARGET, supported: { 'dynamic-import': false } }
    await writeFile(file, format === 'esm' ? text : (await transform(text, cjs)).code)
  }
  const type = format === 'esm' ? 'module' : 'commonjs'
  await writeFile(`${folder}/package.json`, `${JSON.stringify({ type, sideEffects: false })}\n`)
}

export async function buildLib() {
  for (const folder of ['dist/esm', 'dist/cjs']) await rm(folder, { recursive: true, force: true })
  const [files] = await Promise.all([bundle(), declare('dist/esm')])
  await cp('dist/esm', 'dist/cjs', { recursive: true })
  await write('esm', files)
  await write('cjs', files)
}

if (process.argv[1] === import.meta.filename) await buildLib()
