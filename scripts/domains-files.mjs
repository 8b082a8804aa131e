import { normalize } from 'node:path'
import { parse } from 'yaml'

/**
 * The files of domains that a configuration names; none if it cannot be read. Whether it is valid is for deploy:plan
 * and the function to check.
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
