import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Whether `built` exists and is newer than everything in `sources`, which are files and folders.
 *
 * @param {string} built
 * @param {string[]} sources
 */
export async function isFresh(built, sources) {
  if (!existsSync(built)) return false
  const { mtimeMs } = await stat(built)
  for (const source of sources) {
    const entries = (await stat(source)).isDirectory() ? await readdir(source, { recursive: true }) : ['']
    for (const entry of entries) {
      if ((await stat(join(source, entry))).mtimeMs > mtimeMs) return false
    }
  }
  return true
}
