import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { pathOf } from './violations.mjs'

/**
 * The places where the values of the examples still stand; `example.com` belongs to nobody.
 * Comments do not count.
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
    .filter((file) => file.name.endsWith('.yaml'))
    .map((file) => join(props.code, file.name))
    .filter((file) => JSON.stringify(parse(readFileSync(join(root, file), 'utf8'))).includes('example.com'))
  return [...variables, ...texts]
}
