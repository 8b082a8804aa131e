import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @typedef {import('esbuild').Metafile} Metafile */

/**
 * Writes the names and licences of the packages whose code is in the bundles, which their licences ask for.
 *
 * @param {string} file
 * @param {Metafile[]} metafiles
 */
export async function writeThirdParty(file, metafiles) {
  const folders = new Set(
    metafiles.flatMap(({ inputs }) => Object.keys(inputs).flatMap((input) => packageOf(input) ?? [])),
  )
  const notices = await Promise.all([...folders].sort().map(noticeOf))
  await writeFile(file, `The bundles in this folder hold code of these packages.\n\n${notices.join('\n')}`)
}

/**
 * The folder of the package that a bundled file belongs to.
 * @param {string} input
 */
function packageOf(input) {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []
  return folder
}

/** @param {string} folder */
async function noticeOf(folder) {
  /** @type {{ name: string, version: string, license?: unknown }} */
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const files = await readdir(folder)
  const texts = files.filter((entry) => /^(licen[cs]e|notice)/i.test(entry))
  const read = await Promise.all(texts.map((text) => readFile(join(folder, text), 'utf8')))
  const head = `${'='.repeat(80)}\n${name} ${version}, ${typeof license === 'string' ? license : 'licence: see below'}\n`
  return `${head}\n${read.join('\n').trim()}\n`
}
