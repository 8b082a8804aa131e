// Builds the receiver library twice, for import and for require, each with its own declarations:
//   dist/esm, dist/cjs
import { execFile } from 'node:child_process'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * @param {'esm' | 'cjs'} format
 * @param {string[]} flags
 */
async function compile(format, ...flags) {
  const folder = `dist/${format}`
  await rm(folder, { recursive: true, force: true })
  const project = ['-p', 'lib/receiver/tsconfig.build.json', '--outDir', folder, ...flags]
  try {
    await run(process.execPath, ['node_modules/typescript/bin/tsc', ...project])
  } catch (error) {
    const { stdout } = /** @type {{ stdout?: string }} */ (error)
    throw new Error(`the receiver library does not compile as ${format}:\n${stdout}`, { cause: error })
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
  const type = format === 'esm' ? 'module' : 'commonjs'
  await writeFile(`${folder}/package.json`, `${JSON.stringify({ type, sideEffects: false })}\n`)
}

export async function buildLib() {
  await Promise.all([
    compile('esm'),
    compile(
      'cjs',
      '--module',
      'commonjs',
      '--moduleResolution',
      'bundler',
      '--verbatimModuleSyntax',
      'false',
    ),
  ])
}

if (process.argv[1] === import.meta.filename) await buildLib()
