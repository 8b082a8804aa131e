import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { pathOf } from './violations.mjs'

/**
 * The places where the values of the examples still stand; `example.com` belongs to nobody. Comments do not count. Of
 * an uploaded file the original counts, in the folder of s.yaml: that is the one to edit.
 *
 * @param {string} root the folder of s.yaml
 * @param {import('./check.mjs').CheckedFunction} checked
 * @returns {string[]}
 */
export function exampleValues(root, { name, props, files }) {
  const variables = Object.entries(props.environmentVariables ?? {})
    .filter(([, value]) => value.includes('example.com'))
    .map(([variable]) => pathOf([name, 'props', 'environmentVariables', variable]))
  const texts = files
    .map((file) => file.name)
    .filter((file) => file.endsWith('.yaml') && existsSync(join(root, file)))
    .filter((file) => JSON.stringify(parse(readFileSync(join(root, file), 'utf8'))).includes('example.com'))
  return [...variables, ...texts]
}
