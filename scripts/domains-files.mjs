import { normalize } from 'node:path'
import { parse } from 'yaml'

/**
 * The domains files that a configuration names; none if it cannot be parsed. deploy:plan and the function check whether it
 * is valid.
 *
 * @param {string} configuration - The text of rotation.yaml.
 * @returns {string[]}
 */
export function domainsFiles(configuration) {
  try {
    /** @type {{ groups: { domainsFile?: string }[] }} */
    const { groups } = parse(configuration)
    return groups.flatMap(({ domainsFile }) => (domainsFile === undefined ? [] : normalize(domainsFile)))
  } catch {
    return []
  }
}
