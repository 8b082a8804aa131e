import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { parse } from 'yaml'
import { hasTimer } from './rules.mjs'
import { pathOf } from './violations.mjs'

/**
 * @typedef {import('./violations.mjs').Violation} Violation
 * @typedef {import('./rules.mjs').Props} Props
 * @typedef {{ name: string, bytes: number }} UploadedFile
 */

/**
 * The folder that would be uploaded, and what is wrong with it: a bundle has no business with other files beside it.
 * Reads the disk.
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
  const wanted = [entry, 'bundle.js', ...(hasTimer(props) ? ['rotation.yaml', ...domainsFiles(folder)] : [])]
  const present = files.map((file) => file.name)
  const missing = wanted.filter((file) => !present.includes(file)).map((file) => `lacks ${file}`)
  const needless = present.filter((file) => !wanted.includes(file)).map((file) => `also holds ${file}`)
  const allowed = `exactly ${wanted.join(', ')}: npm run build`
  return { files, violations: [...missing, ...needless].map((problem) => ({ path, problem, allowed })) }
}

/**
 * @param {string} folder
 * @returns {UploadedFile[] | null}
 */
function filesOf(folder) {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => ({ name, bytes: statSync(join(folder, name)).size }))
  } catch {
    return null
  }
}

/**
 * The lists of domains that rotation.yaml keeps in files of their own.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function domainsFiles(folder) {
  try {
    const groups = parse(readFileSync(join(folder, 'rotation.yaml'), 'utf8')).groups
    return groups.flatMap((/** @type {{ domainsFile?: string }} */ group) =>
      group.domainsFile === undefined ? [] : normalize(group.domainsFile),
    )
  } catch {
    return []
  }
}
