// Checks that each language has the tests that the table of laws in clients/README.md names.
import { readFileSync } from 'node:fs'

const README = 'clients/README.md'

/** Names differ by language: test_one_read, TestOneRead, "one read". */
const bare = (/** @type {string} */ name) => name.replaceAll(/[^a-z]/gi, '').toLowerCase()

/**
 * The tests that the table names for a language and that did not pass.
 *
 * @param {string} language
 * @param {string[]} passed
 */
export function lawsWithoutTest(language, passed) {
  const rows = readFileSync(README, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const head = rows.find((cells) => cells.some((cell) => bare(cell) === language)) ?? []
  const column = head.findIndex((cell) => bare(cell) === language)
  const laws = rows.filter((cells) => cells.length === head.length && cells[column] === '✓')
  if (laws.length === 0) throw new Error(`${README} has no column of laws for ${language}`)
  const names = new Set(passed.map(bare))
  return laws.map((cells) => cells[2] ?? '').filter((test) => !names.has(bare(test)))
}
