// Reads what a test run printed and fails if it contains a key: any run of 32 letters and digits in mixed case, like every
// generated key. Hashes, ids and kids are hex in one case.
//   node scripts/scan-output.mjs FILE…
import { readFileSync } from 'node:fs'

const KEY = /(?<![A-Za-z0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])/g

/** In JSON, a line break before a key is `\n`, whose letter would make the key one letter longer. */
const ESCAPE = /\\+(?:[bfnrt]|u[0-9a-fA-F]{4})/g

/** @param {string} text */
function keysIn(text) {
  const words = [text, text.replaceAll(ESCAPE, ' ')].flatMap((reading) => reading.match(KEY) ?? [])
  return [...new Set(words)].filter((word) => /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word))
}

// Proves that the scan would find a key.
const key = 'nX0'.padEnd(32, 'a')
for (const before of ['', '"', '\\', '\\n', '\\t', '\\"', '\\\\n', '\\u0022', '\\u001b[31m '])
  if (keysIn(`a${before || ' '}${key}${before}`).length !== 1)
    throw new Error(`the scan misses a key after ${before}`)
if (keysIn(`a${key}`).length !== 0) throw new Error('the scan mistakes a longer word for a key')

let found = 0
let lines = 0
for (const file of process.argv.slice(2)) {
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    lines++
    for (const word of keysIn(line)) {
      found++
      console.error(`${file}:${index + 1}: a key, beginning with ${word.slice(0, 4)}`)
    }
  }
}
console.log(`key scan: ${found} keys in ${lines} printed lines`)
process.exitCode = found === 0 ? 0 : 1
