// Builds everything that is deployed or published:
//   dist/functions/rotate, dist/functions/receive   one CommonJS bundle each, as Function Compute loads it
//   dist/cli                                        the command line, in ES modules that load what a command needs
//   dist/esm, dist/cjs                              the receiver library (build-lib.mjs)
import { build } from 'esbuild'
import { copyFile, mkdir, rm, writeFile, chmod } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { buildLib } from './build-lib.mjs'

const shared = /** @type {const} */ ({
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
})

/** @param {string} name */
async function buildFunction(name) {
  await build({
    ...shared,
    entryPoints: [`functions/${name}/index.ts`],
    outfile: `dist/functions/${name}/index.js`,
    format: 'cjs',
    // Function Compute loads a CommonJS file, where the folder is called otherwise.
    define: { 'import.meta.dirname': '__dirname' },
    keepNames: true,
  })
}

async function buildCommandLine() {
  await build({
    ...shared,
    entryPoints: ['lib/cli/main.ts'],
    outdir: 'dist/cli',
    format: 'esm',
    splitting: true,
    // An old HTTP client under @alicloud/fc2 asks for it where a proxy is switched on, which nobody here does.
    external: ['proxy-agent'],
    banner: {
      // The SDKs are CommonJS and ask for Node's own modules by require().
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  })
  await chmod('dist/cli/main.js', 0o755)
  // The local cloud starts it as a process of its own.
  await copyFile('lib/emulator/fc/runtime.mjs', 'dist/cli/runtime.mjs')
}

await rm('dist', { recursive: true, force: true })
await mkdir('dist/functions', { recursive: true })
// One level above what is uploaded: here it undoes the package's own "type", there .js is CommonJS anyway.
await writeFile('dist/functions/package.json', '{ "type": "commonjs" }\n')
await Promise.all([
  buildFunction('rotate'),
  ...(existsSync('functions/receive/index.ts') ? [buildFunction('receive')] : []),
  buildCommandLine(),
  buildLib(),
])
await copyFile('rotation.yaml', 'dist/functions/rotate/rotation.yaml')
