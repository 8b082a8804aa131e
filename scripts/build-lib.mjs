// Builds the receiver library twice, for import and for require, each with its own declarations: dist/esm, dist/cjs
// Each entry point is one short file over a few shared ones, because every file adds to the start-up time.
import { build, transform } from 'esbuild'
import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TARGET = 'es2023'

const FOLDER = 'lib/receiver'
const PROJECT = `${FOLDER}/tsconfig.build.json`
const CORE = 'receiver/core.js'

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
    // The compiler rewrites import extensions in code, but not in declarations.
    const declarations = await readFile(join(folder, name), 'utf8')
    await writeFile(
      join(folder, name),
      declarations.replaceAll(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'"),
    )
  }
}

const SETTINGS = /** @type {const} */ ({
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: TARGET,
  packages: 'external',
  write: false,
  logLevel: 'warning',
})

/**
 * What the main entry point loads at once, and what it loads on demand, including what several of those share.
 *
 * @param {string} entry
 */
async function modulesOf(entry) {
  const { metafile } = await build({
    ...SETTINGS,
    entryPoints: [entry],
    splitting: true,
    outdir: 'dist',
    metafile: true,
  })
  const importsOf = (/** @type {string} */ module) => metafile.inputs[module]?.imports ?? []
  /** @type {Set<string>} */
  const late = new Set()
  /** @param {string} module */
  const reachedFrom = (module) => {
    const atOnce = new Set([module])
    for (const reached of atOnce) {
      for (const { path, kind } of importsOf(reached)) (kind === 'dynamic-import' ? late : atOnce).add(path)
    }
    return atOnce
  }
  const core = reachedFrom(entry)
  const reached = [...late].flatMap((module) => [...reachedFrom(module)])
  const shared = reached.filter((module, index) => !core.has(module) && reached.indexOf(module) < index)
  core.delete(entry)
  return { core: [...core], late: [...new Set([...late, ...shared])] }
}

/**
 * One file with everything that the main entry point loads at once, one per module that is loaded on demand, and the
 * entry points, which import what they can from the first.
 */
async function bundle() {
  /** @type {{ files: string[] }} */
  const { files } = JSON.parse(await readFile(PROJECT, 'utf8'))
  const { core, late } = await modulesOf(join(FOLDER, 'index.ts'))

  const lateFile = (/** @type {string} */ module) => `receiver/${basename(module, '.ts')}.js`

  /** Imports what the other files contain from them. @param {string} name @returns {import('esbuild').Plugin} */
  const apart = (name) => ({
    name: 'apart',
    setup({ onResolve }) {
      /** @param {string} file */
      const other = (file) => {
        const path = relative(dirname(name), file)
        return { path: path.startsWith('.') ? path : `./${path}`, external: true }
      }
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const module = relative('.', join(resolveDir, path))
        if (late.includes(module) && lateFile(module) !== name) return other(lateFile(module))
        return name !== CORE && core.includes(module) ? other(CORE) : null
      })
    },
  })
  /** @param {string} name @param {string} contents */
  const file = async (name, contents) => {
    const stdin = { contents, resolveDir: '.' }
    const { outputFiles } = await build({ ...SETTINGS, stdin, plugins: [apart(name)] })
    return { name, text: outputFiles[0]?.text ?? '' }
  }
  const all = (/** @type {string} */ module) => `export * from './${module}'`
  return Promise.all([
    file(CORE, core.map(all).join('\n')),
    ...late.map((module) => file(lateFile(module), all(module))),
    ...files.map((entry) => file(`receiver/${entry.replace('.ts', '.js')}`, all(join(FOLDER, entry)))),
  ])
}

/** @param {'esm' | 'cjs'} format @param {Awaited<ReturnType<typeof bundle>>} files */
async function write(format, files) {
  const folder = `dist/${format}`
  for (const { name, text } of files) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    // On-demand modules are also loaded by require(), like everything in that folder.
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
