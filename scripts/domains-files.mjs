import { normalize } from 'node:path'
import { parse } from 'yaml'

/**
 * The lists of domains that a configuration keeps in files of their own. Whether it is right is for the check before a
 * deployment to say, and for the function: one that cannot be read names none.
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
