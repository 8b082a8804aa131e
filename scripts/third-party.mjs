import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @typedef {import('esbuild').Metafile} Metafile */

/**
 * Writes the names and licences of the packages in the bundles, as their licences require.
 *
 * @param {string} file
 * @param {Metafile[]} metafiles
 */
export async function writeThirdParty(file, metafiles) {
  const folders = new Set(
    metafiles.flatMap(({ inputs }) => Object.keys(inputs).flatMap((input) => packageOf(input) ?? [])),
  )
  const notices = await Promise.all([...folders].sort().map(noticeOf))
  await writeFile(file, `The bundles in this folder contain code of these packages.\n\n${notices.join('\n')}`)
}

/**
 * The folder of the package that a bundled file belongs to.
 * @param {string} input
 */
function packageOf(input) {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []
  return folder
}

/**
 * A package without its own licence file gets the standard text of the licence that it names, with its author.
 *
 * @param {string} folder
 */
async function noticeOf(folder) {
  /** @type {{ name: string, version: string, license?: unknown, author?: string | { name?: string } }} */
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const files = await readdir(folder)
  const texts = files.filter((entry) => /^(licen[cs]e|notice)/i.test(entry))
  const read = await Promise.all(texts.map((text) => readFile(join(folder, text), 'utf8')))
  const head = `${'='.repeat(80)}\n${name} ${version}, ${typeof license === 'string' ? license : 'licence: see below'}\n`
  const holder = (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`
  const text = read.length > 0 ? read.join('\n') : await standardText(name, String(license), holder)
  return `${head}\n${text.trim()}\n`
}

/**
 * @param {string} name of the package
 * @param {string} license as its package.json has it
 * @param {string} holder of the copyright
 */
async function standardText(name, license, holder) {
  if (/^Apache/.test(license)) return readFile('LICENSE', 'utf8')
  const grant = { MIT, ISC }[license]
  if (grant === undefined)
    throw new Error(`${name} is under ${license} and has no licence file: add its text`)
  return `Copyright (c) ${holder}\n\n${grant}`
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`

const ISC = `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.`
