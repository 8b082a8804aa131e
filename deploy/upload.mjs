import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { domainsFiles } from '../scripts/domains-files.mjs'
import { hasTimer } from './rules.mjs'
import { pathOf } from './violations.mjs'

/**
 * @typedef {import('./violations.mjs').Violation} Violation
 * @typedef {import('./rules.mjs').Props} Props
 * @typedef {{ name: string, bytes: number }} UploadedFile
 */

/**
 * The folder that would be uploaded, and what is wrong with it: files that do not belong, or an outdated copy of the
 * configuration. Reads the disk.
 *
 * @param {string} root the folder of s.yaml
 * @param {string} name of the resource
 * @param {Props} props
 * @returns {{ files: UploadedFile[], violations: Violation[] }}
 */
export function checkUpload(root, name, props) {
  const folder = join(root, props.code)
  const path = pathOf([name, 'props', 'code'])
  const files = filesOf(folder)
  if (files === null) {
    return {
      files: [],
      violations: [{ path, problem: 'does not exist', allowed: 'a built folder: npm run build' }],
    }
  }
  const entry = `${props.handler.split('.')[0]}.js`
  const config = join(folder, 'rotation.yaml')
  const lists = existsSync(config) ? domainsFiles(readFileSync(config, 'utf8')) : []
  const copies = hasTimer(props) ? ['rotation.yaml', ...lists] : []
  const wanted = [entry, 'bundle.js', ...copies]
  const present = files.map((file) => file.name)
  const missing = wanted.filter((file) => !present.includes(file)).map((file) => `lacks ${file}`)
  const needless = present.filter((file) => !wanted.includes(file)).map((file) => `also holds ${file}`)
  const allowed = `exactly ${wanted.join(', ')}: npm run build`
  const old = copies
    .filter((file) => present.includes(file) && differs(join(root, file), join(folder, file)))
    .map((file) => `holds an older ${file} than the one beside s.yaml`)
  return {
    files,
    violations: [
      ...[...missing, ...needless].map((problem) => ({ path, problem, allowed })),
      ...old.map((problem) => ({ path, problem, allowed: 'npm run build' })),
    ],
  }
}

/**
 * @param {string} original which may be missing: then no copy is like it
 * @param {string} copy
 */
function differs(original, copy) {
  return !existsSync(original) || !readFileSync(original).equals(readFileSync(copy))
}

/**
 * @param {string} folder
 * @returns {UploadedFile[] | null}
 */
function filesOf(folder) {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => ({ name, stat: statSync(join(folder, name)) }))
      .filter(({ stat }) => stat.isFile())
      .map(({ name, stat }) => ({ name, bytes: stat.size }))
  } catch {
    return null
  }
}
